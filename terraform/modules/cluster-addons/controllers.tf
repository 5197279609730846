# Rights of what k8s/platform installs. Each has one service account, in a namespace of its own.
module "external_secrets" {
  source = "../pod-identity"

  cluster_name    = var.cluster_name
  namespace       = "external-secrets"
  service_account = "external-secrets"
  policies        = { read = var.read_secrets_policy }
}

module "external_dns" {
  source = "../pod-identity"

  cluster_name    = var.cluster_name
  namespace       = "external-dns"
  service_account = "external-dns"
  policies        = { records = data.aws_iam_policy_document.external_dns.json }
}

data "aws_iam_policy_document" "external_dns" {
  statement {
    sid       = "Change"
    actions   = ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets", "route53:ListTagsForResources"]
    resources = [var.zone_arn]
  }

  # Lists know no single zone.
  statement {
    sid       = "List"
    actions   = ["route53:ListHostedZones"]
    resources = ["*"]
  }
}

module "autoscaler" {
  source = "../pod-identity"

  cluster_name    = var.cluster_name
  namespace       = "kube-system"
  service_account = "cluster-autoscaler"
  policies        = { scale = data.aws_iam_policy_document.autoscaler.json }
}

data "aws_iam_policy_document" "autoscaler" {
  # Descriptions know no single group.
  statement {
    sid = "Look"
    actions = [
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeAutoScalingInstances",
      "autoscaling:DescribeLaunchConfigurations",
      "autoscaling:DescribeScalingActivities",
      "ec2:DescribeImages",
      "ec2:DescribeInstanceTypes",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:GetInstanceTypesFromInstanceRequirements",
      "eks:DescribeNodegroup",
    ]
    resources = ["*"]
  }

  # EKS tags the groups of its nodes with the cluster's name.
  statement {
    sid       = "Scale"
    actions   = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    resources = ["arn:${local.partition}:autoscaling:${local.region}:${local.account}:autoScalingGroup:*:autoScalingGroupName/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/k8s.io/cluster-autoscaler/${var.cluster_name}"
      values   = ["owned"]
    }
  }
}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

locals {
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
  account   = data.aws_caller_identity.current.account_id
}
