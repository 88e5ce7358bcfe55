//! The guide's commands, run as they are written. One test in a binary of its own: it changes the folder it works in.

use marginline_tests::cli::marginline;

const GUIDE: &str = include_str!("../../docs/guide/scenarios.md");

/// Commands of the guide's shell blocks.
fn commands() -> Vec<&'static str> {
    let mut in_block = false;
    let mut found = Vec::new();
    for line in GUIDE.lines() {
        match line {
            "```sh" => in_block = true,
            "```" => in_block = false,
            line if in_block => found.push(line),
            _ => {}
        }
    }
    found
}

/// Words of a command line: quotes hold blanks together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            _ => words.iter_mut().last().into_iter().for_each(|word| word.push(letter)),
        }
    }
    assert!(!is_quoted, "a quote stays open: {line}");
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn the_guide_leads_from_an_empty_workspace_to_a_slide_in_at_most_twelve_commands() {
    let commands = commands();
    assert!((6..=12).contains(&commands.len()), "{} commands", commands.len());
    let folder = tempfile::tempdir().unwrap();
    std::env::set_current_dir(folder.path()).unwrap();
    let mut compared = String::new();
    for command in commands {
        let words = words(command);
        assert_eq!(words[0], "marginline", "{command}");
        let answer = marginline(words[1..].to_vec()).ends(0);
        if command.contains("scenario compare") {
            compared = answer.out;
        }
    }
    assert!(compared.contains("As today") && compared.contains("All on own GPUs"), "{compared}");
    // The story that the guide tells is the one that the commands tell.
    assert!(compared.starts_with("As today wins, the only one that may"), "{compared}");
    for name in ["All on own GPUs", "Cheaper model"] {
        let line = compared.lines().next().unwrap_or_default();
        let told = line.split(';').find(|part| part.trim().starts_with(name)).unwrap_or_default();
        assert!(told.contains(" more but cannot be ranked first: quality unknown"), "{name}: {line}");
    }
    let today = std::fs::read_to_string("today.toml").unwrap();
    assert!(today.contains("391,509.55 USD by the ledger, 396,538.75 here"), "{today}");
    assert!(GUIDE.contains("cost 391,510 in the ledger and 396,539 here"));
    assert!(today.contains("[lock]"), "{today}");
    let picture = std::fs::read("margin.png").unwrap();
    assert_eq!(&picture[1..4], b"PNG");
    assert!(picture.len() > 20_000, "{} bytes", picture.len());
    std::env::set_current_dir("/").unwrap();
}
