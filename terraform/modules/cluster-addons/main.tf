# EKS's own add-ons. Those that need AWS have a role by Pod Identity, which the add-on's own association tells the cluster.
locals {
  # Which of the add-on's accounts has which role, and what it is told.
  plain = { account = null, role = null, settings = null }

  addons = {
    "eks-pod-identity-agent" = local.plain
    "kube-proxy"             = local.plain
    "coredns"                = local.plain
    "metrics-server"         = local.plain

    "vpc-cni" = {
      account  = "aws-node"
      role     = module.cni.role_arn
      settings = jsonencode({ enableNetworkPolicy = "true" })
    }

    "aws-ebs-csi-driver" = {
      account  = "ebs-csi-controller-sa"
      role     = module.ebs.role_arn
      settings = null
    }

    # Logs and metrics of nodes and containers.
    "amazon-cloudwatch-observability" = {
      account  = "cloudwatch-agent"
      role     = module.cloudwatch.role_arn
      settings = null
    }
  }
}

resource "aws_eks_addon" "this" {
  for_each = local.addons

  cluster_name                = var.cluster_name
  addon_name                  = each.key
  addon_version               = lookup(var.addon_versions, each.key, null)
  configuration_values        = each.value.settings
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = each.value.account == null ? [] : [each.value]

    content {
      role_arn        = pod_identity_association.value.role
      service_account = pod_identity_association.value.account
    }
  }
}

module "cni" {
  source = "../pod-identity"

  cluster_name     = var.cluster_name
  namespace        = "kube-system"
  service_account  = "aws-node"
  managed_policies = ["AmazonEKS_CNI_Policy"]
  associate        = false
}

module "ebs" {
  source = "../pod-identity"

  cluster_name     = var.cluster_name
  namespace        = "kube-system"
  service_account  = "ebs-csi-controller-sa"
  managed_policies = ["service-role/AmazonEBSCSIDriverPolicy"]
  policies         = { encrypt = data.aws_iam_policy_document.volumes.json }
  associate        = false
}

module "cloudwatch" {
  source = "../pod-identity"

  cluster_name     = var.cluster_name
  namespace        = "amazon-cloudwatch"
  service_account  = "cloudwatch-agent"
  managed_policies = ["CloudWatchAgentServerPolicy"]
  associate        = false
}

data "aws_iam_policy_document" "volumes" {
  statement {
    sid       = "Grant"
    actions   = ["kms:CreateGrant"]
    resources = [var.volume_key_arn]

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }

  statement {
    sid       = "Encrypt"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"]
    resources = [var.volume_key_arn]
  }
}
