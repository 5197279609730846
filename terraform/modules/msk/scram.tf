# MSK takes users of SCRAM from secrets whose names begin with AmazonMSK_ and which a key of the customer's encrypts.
resource "aws_secretsmanager_secret" "scram" {
  #checkov:skip=CKV2_AWS_57: brokers' clients use IAM; whoever uses SCRAM is told of a new password by a new version, not by a function
  name        = "AmazonMSK_${var.name}"
  description = "Kafka's user raally"
  kms_key_id  = module.key.arn

  recovery_window_in_days = var.recovery_days
}

resource "aws_secretsmanager_secret_version" "scram" {
  secret_id                = aws_secretsmanager_secret.scram.id
  secret_string_wo         = jsonencode({ username = "raally", password = var.scram_password })
  secret_string_wo_version = var.scram_password_version
}

data "aws_iam_policy_document" "scram" {
  statement {
    sid       = "BrokersRead"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.scram.arn]

    principals {
      type        = "Service"
      identifiers = ["kafka.amazonaws.com"]
    }
  }
}

resource "aws_secretsmanager_secret_policy" "scram" {
  secret_arn = aws_secretsmanager_secret.scram.arn
  policy     = data.aws_iam_policy_document.scram.json
}

resource "aws_msk_scram_secret_association" "this" {
  cluster_arn     = aws_msk_cluster.this.arn
  secret_arn_list = [aws_secretsmanager_secret.scram.arn]

  depends_on = [aws_secretsmanager_secret_version.scram, aws_secretsmanager_secret_policy.scram]
}
