output "names" {
  description = "The secrets' names."
  value       = concat([for secret in aws_secretsmanager_secret.passwords : secret.name], [for secret in aws_secretsmanager_secret.by_hand : secret.name])
}

output "stores" {
  description = "Which version of which secret has a store's password, by name."
  value = {
    for name, version in aws_secretsmanager_secret_version.stores : name => { secret_id = version.secret_id, version_id = version.version_id }
  }
}

output "read_policy" {
  description = "The right to read these secrets and no others, for External Secrets."
  value       = data.aws_iam_policy_document.read.json
}
