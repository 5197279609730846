# An example: change host, mail, the bucket's name and the account's ARNs to yours. Sizes are a beginning; docs/operations.md has
# what to look at.
kubernetes_version = "1.35"

host         = "raally.example.com"
mail         = "operations@example.com"
audit_bucket = "raally-production-audit-heads"
monthly_usd  = 3000

tags = { owner = "operations", cost_center = "raally" }

administrators = { operators = "arn:aws:iam::000000000000:role/operators" }
api_networks   = ["203.0.113.0/24"]

instances = {
  postgres = "db.r7g.large"
  redis    = "cache.m7g.large"
  kafka    = "kafka.m7g.large"
  general  = ["m7i.large"]
  compute  = ["c7i.xlarge", "c7a.xlarge", "c6i.xlarge", "c6a.xlarge"]
}
