# What docs/operations.md says that Raally needs at the brokers: its own topics and groups, whose names begin with raally.
locals {
  topics = "${replace(aws_msk_cluster.this.arn, ":cluster/", ":topic/")}/raally.*"
  groups = "${replace(aws_msk_cluster.this.arn, ":cluster/", ":group/")}/raally.*"
}

data "aws_iam_policy_document" "clients" {
  statement {
    sid       = "Connect"
    actions   = ["kafka-cluster:Connect", "kafka-cluster:WriteDataIdempotently"]
    resources = [aws_msk_cluster.this.arn]
  }

  statement {
    sid       = "Topics"
    actions   = ["kafka-cluster:CreateTopic", "kafka-cluster:DescribeTopic", "kafka-cluster:ReadData", "kafka-cluster:WriteData"]
    resources = [local.topics]
  }

  statement {
    sid       = "Groups"
    actions   = ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"]
    resources = [local.groups]
  }
}

data "aws_iam_policy_document" "migrate" {
  statement {
    sid       = "Connect"
    actions   = ["kafka-cluster:Connect"]
    resources = [aws_msk_cluster.this.arn]
  }

  statement {
    sid       = "Topics"
    actions   = ["kafka-cluster:CreateTopic", "kafka-cluster:DescribeTopic"]
    resources = [local.topics]
  }
}
