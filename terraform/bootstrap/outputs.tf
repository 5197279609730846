output "bucket" {
  description = "The bucket of the state."
  value       = aws_s3_bucket.state.bucket
}

output "key_arn" {
  description = "The key that encrypts it."
  value       = module.key.arn
}

output "roles" {
  description = "The pipeline's roles, for the workflows' variables."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}

output "region" {
  description = "Where the bucket is."
  value       = var.region
}
