# What k8s/components/external-secrets brings into the cluster. Passwords are made at apply, go to Secrets Manager, and are not
# written down on the way.
locals {
  logins = {
    postgres       = "raally_server"
    postgres-owner = "raally_owner"
  }

  rotated = toset(var.rotation == null ? [] : keys(local.logins))
}

module "key" {
  source = "../key"

  name = "${replace(var.prefix, "/", "-")}-secrets"
}

resource "aws_secretsmanager_secret" "passwords" {
  #checkov:skip=CKV2_AWS_57: var.rotation rotates the logins that can be rotated by a function; the others by a new version
  for_each = toset(["postgres", "postgres-admin", "postgres-owner", "redis"])

  name                    = "${var.prefix}/${each.key}"
  description             = "Password of ${lookup(local.logins, each.key, each.key)}, made by Terraform"
  kms_key_id              = module.key.arn
  recovery_window_in_days = var.recovery_days
}

# Those that a store is given: they are there before it.
resource "aws_secretsmanager_secret_version" "stores" {
  for_each = { for name in ["postgres-admin", "redis"] : name => var.password_versions[name] }

  secret_id                = aws_secretsmanager_secret.passwords[each.key].id
  secret_string_wo_version = each.value

  secret_string_wo = jsonencode(
    each.key == "redis"
    ? { auth_token = var.passwords[each.key] }
    : { username = "raally_admin", password = var.passwords[each.key] }
  )
}

# PostgreSQL's logins, which `raally provision` makes; a function that rotates them reads beside the password where the server is.
resource "aws_secretsmanager_secret_version" "logins" {
  for_each = { for name in keys(local.logins) : name => var.password_versions[name] }

  secret_id                = aws_secretsmanager_secret.passwords[each.key].id
  secret_string_wo_version = each.value

  secret_string_wo = jsonencode({
    engine   = "postgres"
    host     = var.postgres_address
    port     = 5432
    dbname   = "raally"
    username = local.logins[each.key]
    password = var.passwords[each.key]
  })
}

resource "aws_secretsmanager_secret" "by_hand" {
  #checkov:skip=CKV2_AWS_57: whoever brings the value renews it
  for_each = var.by_hand

  name                    = "${var.prefix}/${each.key}"
  description             = each.value
  kms_key_id              = module.key.arn
  recovery_window_in_days = var.recovery_days
}

resource "aws_secretsmanager_secret_rotation" "this" {
  for_each = local.rotated

  secret_id           = aws_secretsmanager_secret.passwords[each.key].id
  rotation_lambda_arn = var.rotation.function_arn

  rotation_rules {
    automatically_after_days = var.rotation.days
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "ReadOwn"
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    resources = [for secret in concat(values(aws_secretsmanager_secret.passwords), values(aws_secretsmanager_secret.by_hand)) : secret.arn]
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [module.key.arn]
  }
}
