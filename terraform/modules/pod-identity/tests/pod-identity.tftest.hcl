mock_provider "aws" {
  source = "../../mocks"
}

variables {
  cluster_name    = "raally-test-cluster"
  namespace       = "raally"
  service_account = "backend"
  policies        = { rights = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
}

run "one_service_account_of_one_cluster_has_the_role" {
  command = plan

  assert {
    condition     = aws_eks_pod_identity_association.this[0].service_account == "backend" && aws_eks_pod_identity_association.this[0].namespace == "raally"
    error_message = "Another service account has the role."
  }

  assert {
    condition     = keys(aws_iam_role_policy.this) == ["rights"] && length(aws_iam_role_policy_attachment.this) == 0
    error_message = "The role has other rights than were given."
  }

  assert {
    condition     = aws_iam_role.this.name == "raally-test-raally-backend"
    error_message = "The role's name does not say whose it is."
  }

  assert {
    condition = anytrue([
      for condition in data.aws_iam_policy_document.assume.statement[0].condition :
      condition.variable == "aws:SourceArn" && contains(condition.values, "arn:aws:eks:us-west-2:123456789012:cluster/raally-test-cluster")
    ])
    error_message = "Pods of other clusters can take the role."
  }
}

run "an_add_on_tells_the_cluster_itself" {
  command = plan

  variables {
    associate = false
  }

  assert {
    condition     = length(aws_eks_pod_identity_association.this) == 0
    error_message = "The cluster is told twice."
  }
}

run "all_service_accounts_are_refused" {
  command = plan

  variables {
    service_account = "*"
  }

  expect_failures = [var.service_account]
}

run "a_namespace_that_is_none_is_refused" {
  command = plan

  variables {
    namespace = "Raally!"
  }

  expect_failures = [var.namespace]
}

run "full_access_is_refused" {
  command = plan

  variables {
    managed_policies = ["AmazonS3FullAccess"]
  }

  expect_failures = [var.managed_policies]
}
