output "address" {
  description = "The primary, by the name that its certificate has."
  value       = aws_db_instance.primary.address
}

output "replica_addresses" {
  description = "The replicas."
  value       = aws_db_instance.replicas[*].address
}

output "identifiers" {
  description = "Primary and replicas, as alarms name them."
  value       = concat([aws_db_instance.primary.identifier], aws_db_instance.replicas[*].identifier)
}

output "arn" {
  description = "The primary, as backups name it."
  value       = aws_db_instance.primary.arn
}

output "key_arn" {
  description = "The key."
  value       = module.key.arn
}
