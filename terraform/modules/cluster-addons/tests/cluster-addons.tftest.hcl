mock_provider "aws" {
  source = "../../mocks"
}

variables {
  cluster_name        = "raally-test-cluster"
  volume_key_arn      = "arn:aws:kms:us-west-2:123456789012:key/11111111-2222-3333-4444-555555555555"
  read_secrets_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
  zone_arn            = "arn:aws:route53:::hostedzone/Z1"
}

run "the_add_ons_that_the_cluster_needs" {
  command = plan

  assert {
    condition = toset(output.addons) == toset([
      "amazon-cloudwatch-observability", "aws-ebs-csi-driver", "coredns", "eks-pod-identity-agent", "kube-proxy", "metrics-server", "vpc-cni",
    ])
    error_message = "An add-on is missing, or one is there that nobody asked for."
  }

  assert {
    condition     = jsondecode(aws_eks_addon.this["vpc-cni"].configuration_values).enableNetworkPolicy == "true"
    error_message = "Network policies are not kept to: the matrix of docs/network.md would be paper."
  }

  assert {
    condition     = alltrue([for name in ["aws-ebs-csi-driver", "vpc-cni", "amazon-cloudwatch-observability"] : length(aws_eks_addon.this[name].pod_identity_association) == 1])
    error_message = "An add-on has the node's rights in place of its own."
  }
}

run "a_star_stands_for_a_list_alone" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for document in [data.aws_iam_policy_document.load_balancers, data.aws_iam_policy_document.autoscaler, data.aws_iam_policy_document.external_dns, data.aws_iam_policy_document.volumes] : [
        for statement in document.statement : !contains(statement.resources, "*") || alltrue([for action in statement.actions : can(regex(":(Describe|Get|List)", action))])
      ]
    ]))
    error_message = "A right to change something is given on everything."
  }

  assert {
    condition = alltrue(flatten([
      for document in [data.aws_iam_policy_document.load_balancers, data.aws_iam_policy_document.autoscaler, data.aws_iam_policy_document.external_dns, data.aws_iam_policy_document.volumes] : [
        for statement in document.statement : [for action in statement.actions : !strcontains(action, "*")]
      ]
    ]))
    error_message = "An action is a star."
  }

  assert {
    condition     = data.aws_iam_policy_document.external_dns.statement[0].resources == toset(["arn:aws:route53:::hostedzone/Z1"])
    error_message = "external-dns may change other zones."
  }
}

run "a_version_that_is_none_is_refused" {
  command = plan

  variables {
    addon_versions = { coredns = "latest" }
  }

  expect_failures = [var.addon_versions]
}
