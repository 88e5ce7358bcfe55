//! What a large account buys: the words that widen the sample company's bill to a real one's variety.

/// A service, and the lines that one resource of it brings.
pub struct Service {
    pub name: &'static str,
    pub category: &'static str,
    /// The resource's type, also in its id.
    pub resource: &'static str,
    /// The service's short name in resource ids and SKUs.
    pub short: &'static str,
    /// Description and unit of each line.
    pub lines: &'static [(&'static str, &'static str)],
}

const fn service(
    name: &'static str,
    category: &'static str,
    short: &'static str,
    resource: &'static str,
    lines: &'static [(&'static str, &'static str)],
) -> Service {
    Service { name, category, resource, short, lines }
}

const HOURS: (&str, &str) = ("$1.7920 per on-demand Linux c7i.8xlarge instance hour", "Hours");
const DISK: (&str, &str) = ("$0.0800 per GB-month of general purpose SSD (gp3) provisioned storage", "GB-Months");
const REQUESTS: (&str, &str) = ("$0.0050 per 1,000 PUT, COPY, POST or LIST requests", "Requests");
const TRANSFER: (&str, &str) = ("$0.0100 per GB data transfer in or out between Availability Zones", "GB");
const STORED: (&str, &str) = ("$0.0230 per GB of the first 50 TB per month of standard storage", "GB-Months");
const DATABASE: (&str, &str) = ("$3.8240 per db.r6g.8xlarge Multi-AZ instance hour running PostgreSQL", "Hours");
const TOKENS: (&str, &str) = ("$0.0030 per 1,000 input tokens of on-demand inference, cross-region", "1K tokens");

/// The services, most used first.
pub const SERVICES: [Service; 32] = [
    service("Amazon Elastic Compute Cloud", "Compute", "ec2", "instance", &[HOURS, DISK, TRANSFER]),
    service("Amazon Simple Storage Service", "Storage", "s3", "bucket", &[STORED, REQUESTS, TRANSFER]),
    service("Amazon Relational Database Service", "Databases", "rds", "db", &[DATABASE, STORED]),
    service("Amazon Aurora", "Databases", "rds", "cluster", &[DATABASE, REQUESTS]),
    service("AWS Lambda", "Compute", "lambda", "function", &[("$0.0000166667 per GB-second", "GB-Seconds"), REQUESTS]),
    service("Amazon DynamoDB", "Databases", "dynamodb", "table", &[REQUESTS, STORED]),
    service("Amazon Elastic Container Service", "Compute", "ecs", "task", &[HOURS]),
    service("Amazon Elastic Kubernetes Service", "Compute", "eks", "cluster", &[HOURS]),
    service("Amazon Bedrock", "AI and Machine Learning", "bedrock", "model", &[TOKENS, TOKENS]),
    service("Amazon SageMaker", "AI and Machine Learning", "sagemaker", "endpoint", &[HOURS, DISK]),
    service("Amazon OpenSearch Service", "Analytics", "es", "domain", &[HOURS, DISK]),
    service("Amazon ElastiCache", "Databases", "elasticache", "cluster", &[HOURS]),
    service("Amazon CloudFront", "Networking", "cloudfront", "distribution", &[TRANSFER, REQUESTS]),
    service("AWS Data Transfer", "Networking", "ec2", "network-interface", &[TRANSFER]),
    service("Amazon Virtual Private Cloud", "Networking", "vpc", "nat-gateway", &[HOURS, TRANSFER]),
    service("Elastic Load Balancing", "Networking", "elasticloadbalancing", "loadbalancer", &[HOURS, TRANSFER]),
    service("Amazon Route 53", "Networking", "route53", "hostedzone", &[REQUESTS]),
    service("Amazon CloudWatch", "Management and Governance", "logs", "log-group", &[STORED, REQUESTS]),
    service("AWS CloudTrail", "Management and Governance", "cloudtrail", "trail", &[REQUESTS]),
    service("AWS Config", "Management and Governance", "config", "recorder", &[REQUESTS]),
    service("AWS Key Management Service", "Security", "kms", "key", &[REQUESTS]),
    service("AWS Secrets Manager", "Security", "secretsmanager", "secret", &[REQUESTS]),
    service("AWS WAF", "Security", "wafv2", "webacl", &[REQUESTS]),
    service("Amazon GuardDuty", "Security", "guardduty", "detector", &[REQUESTS]),
    service("Amazon Simple Queue Service", "Integration", "sqs", "queue", &[REQUESTS]),
    service("Amazon Simple Notification Service", "Integration", "sns", "topic", &[REQUESTS]),
    service("Amazon Kinesis", "Analytics", "kinesis", "stream", &[HOURS, REQUESTS]),
    service("Amazon Managed Streaming for Apache Kafka", "Analytics", "kafka", "cluster", &[HOURS, DISK]),
    service("AWS Glue", "Analytics", "glue", "job", &[HOURS]),
    service("Amazon Athena", "Analytics", "athena", "workgroup", &[STORED]),
    service("Amazon Redshift", "Analytics", "redshift", "cluster", &[HOURS, STORED]),
    service("Amazon Elastic File System", "Storage", "elasticfilesystem", "file-system", &[STORED, TRANSFER]),
];

/// Region ids and names.
pub const REGIONS: [(&str, &str); 10] = [
    ("us-east-1", "US East (N. Virginia)"),
    ("eu-west-1", "Europe (Ireland)"),
    ("us-west-2", "US West (Oregon)"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)"),
    ("eu-central-1", "Europe (Frankfurt)"),
    ("us-east-2", "US East (Ohio)"),
    ("ap-southeast-1", "Asia Pacific (Singapore)"),
    ("ap-south-1", "Asia Pacific (Mumbai)"),
    ("sa-east-1", "South America (São Paulo)"),
    ("ca-central-1", "Canada (Central)"),
];

/// Teams, also the second half of account names.
pub const TEAMS: [&str; 5] = ["platform", "serving", "search", "research", "billing"];

/// Environments, also the first half of account names.
pub const STAGES: [&str; 4] = ["production", "staging", "development", "sandbox"];
