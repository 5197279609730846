output "vaults" {
  description = "Where backups are, here and elsewhere."
  value       = { here = aws_backup_vault.here.arn, elsewhere = aws_backup_vault.elsewhere.arn }
}

output "audit_bucket" {
  description = "The bucket of audit heads."
  value       = aws_s3_bucket.audit.bucket
}
