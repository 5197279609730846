# GitHub's workflows get rights for an hour by the token that GitHub gives a job: no key of AWS is kept anywhere.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  name = "raally-${var.environment}"

  # Who may be which role. A job of an environment of GitHub's runs once its reviewers have agreed; a plan too, since it reads what
  # the state has of passwords.
  roles = {
    plan   = "repo:${var.repository}:environment:${var.environment}-plan"
    apply  = "repo:${var.repository}:environment:${var.environment}"
    deploy = "repo:${var.repository}:environment:${var.environment}"
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "assume" {
  for_each = local.roles

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [each.value]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.roles

  name               = "${local.name}-pipeline-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.assume[each.key].json
}

# plan reads, apply writes; of IAM it writes what is called raally-<environment> alone, and cannot touch the pipeline's own roles.
resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.this["plan"].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_role_policy_attachment" "apply" {
  role       = aws_iam_role.this["apply"].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/PowerUserAccess"
}

data "aws_iam_policy_document" "apply" {
  statement {
    sid = "OwnRoles"
    actions = [
      "iam:AttachRolePolicy",
      "iam:CreateRole",
      "iam:DeleteRole",
      "iam:DeleteRolePolicy",
      "iam:DetachRolePolicy",
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfilesForRole",
      "iam:ListRolePolicies",
      "iam:PassRole",
      "iam:PutRolePolicy",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
    ]
    resources = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role/${local.name}-*"]
  }

  statement {
    sid       = "NotThePipelines"
    effect    = "Deny"
    actions   = ["iam:*"]
    resources = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role/${local.name}-pipeline-*"]
  }
}

resource "aws_iam_role_policy" "apply" {
  name   = "roles"
  role   = aws_iam_role.this["apply"].id
  policy = data.aws_iam_policy_document.apply.json
}

# plan and apply read the state; apply writes it, and both hold its lock.
data "aws_iam_policy_document" "state_of" {
  for_each = { plan = ["s3:GetObject"], apply = ["s3:GetObject", "s3:PutObject"] }

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.state.arn]
  }

  statement {
    sid       = "State"
    actions   = each.value
    resources = ["${aws_s3_bucket.state.arn}/${var.environment}.tfstate"]
  }

  statement {
    sid       = "Lock"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.state.arn}/${var.environment}.tfstate.tflock"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [module.key.arn]
  }

  # A plan compares Redis' token, and reads the administrator's password to give it to PostgreSQL.
  statement {
    sid       = "Passwords"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [for name in ["postgres-admin", "redis"] : "arn:${data.aws_partition.current.partition}:secretsmanager:${var.region}:${data.aws_caller_identity.current.account_id}:secret:raally/${var.environment}/${name}-*"]
  }

  # The secrets' key is there only later: whoever may use it comes through Secrets Manager.
  statement {
    sid       = "PasswordsKey"
    actions   = ["kms:Decrypt"]
    resources = ["arn:${data.aws_partition.current.partition}:kms:${var.region}:${data.aws_caller_identity.current.account_id}:key/*"]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "NewPasswords"
    actions   = ["secretsmanager:GetRandomPassword"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "state" {
  for_each = data.aws_iam_policy_document.state_of

  name   = "state"
  role   = aws_iam_role.this[each.key].id
  policy = each.value.json
}

# deploy pushes images and speaks to the cluster, where an access entry says what it may.
data "aws_iam_policy_document" "deploy" {
  # A token is for the whole registry.
  statement {
    sid       = "SignIn"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid = "Push"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = ["arn:${data.aws_partition.current.partition}:ecr:${var.region}:${data.aws_caller_identity.current.account_id}:repository/raally/*"]
  }

  statement {
    sid       = "Cluster"
    actions   = ["eks:DescribeCluster"]
    resources = ["arn:${data.aws_partition.current.partition}:eks:${var.region}:${data.aws_caller_identity.current.account_id}:cluster/${local.name}-cluster"]
  }
}

resource "aws_iam_role_policy" "deploy" {
  name   = "deploy"
  role   = aws_iam_role.this["deploy"].id
  policy = data.aws_iam_policy_document.deploy.json
}
