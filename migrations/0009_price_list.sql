-- Price lists seldom say of which day they are, and catalogues not whose they are: what a person told, so that mended
-- rows and a redo are read as the file was.
ALTER TABLE batch ADD COLUMN given_observed TEXT; -- day of the list
ALTER TABLE batch ADD COLUMN given_provider TEXT; -- who sells what it lists
