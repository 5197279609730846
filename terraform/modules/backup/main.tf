# A backup every day, and its copy in another region: what a lost region, a deleted database or a fault found late is restored from.
data "aws_partition" "current" {}

module "key" {
  source = "../key"

  name    = "${var.name}-backup"
  through = ["backup.${data.aws_region.current.name}.amazonaws.com"]
}

module "key_elsewhere" {
  source    = "../key"
  providers = { aws = aws.elsewhere }

  name    = "${var.name}-backup"
  through = ["backup.${data.aws_region.elsewhere.name}.amazonaws.com"]
}

data "aws_region" "current" {}

data "aws_region" "elsewhere" {
  provider = aws.elsewhere
}

resource "aws_backup_vault" "here" {
  name          = var.name
  kms_key_arn   = module.key.arn
  force_destroy = var.deletable
}

resource "aws_backup_vault" "elsewhere" {
  provider = aws.elsewhere

  name          = var.name
  kms_key_arn   = module.key_elsewhere.arn
  force_destroy = var.deletable
}

resource "aws_backup_plan" "daily" {
  name = "${var.name}-daily"

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.here.name
    schedule          = "cron(0 7 * * ? *)"
    start_window      = 60
    completion_window = 480

    lifecycle {
      delete_after = var.kept_days.here
    }

    copy_action {
      destination_vault_arn = aws_backup_vault.elsewhere.arn

      lifecycle {
        delete_after = var.kept_days.elsewhere
      }
    }
  }
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-backup"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = toset(["AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"])

  role       = aws_iam_role.this.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/${each.key}"
}

resource "aws_backup_selection" "this" {
  name         = "stores"
  plan_id      = aws_backup_plan.daily.id
  iam_role_arn = aws_iam_role.this.arn
  resources    = var.resources
}
