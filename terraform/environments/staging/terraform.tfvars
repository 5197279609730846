# An example, for an account of its own: change host, mail, the bucket's name and the account's ARNs to yours.
kubernetes_version = "1.35"

host         = "staging.raally.example.com"
mail         = "operations@example.com"
audit_bucket = "raally-staging-audit-heads"
monthly_usd  = 1200

tags = { owner = "operations", cost_center = "raally" }

administrators = { operators = "arn:aws:iam::000000000000:role/operators" }
api_networks   = ["203.0.113.0/24"]

instances = {
  postgres = "db.t4g.medium"
  redis    = "cache.t4g.small"
  kafka    = "kafka.t3.small"
  general  = ["m7i.large"]
  compute  = ["c7i.large", "c7a.large", "c6i.large", "c6a.large"]
}
