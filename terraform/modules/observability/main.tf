# Logs, alarms and traces.
data "aws_region" "current" {}

module "key" {
  source = "../key"

  name     = "${var.name}-observability"
  services = ["logs.${data.aws_region.current.name}.amazonaws.com", "cloudwatch.amazonaws.com"]
}

# What containers print: the CloudWatch add-on writes there.
resource "aws_cloudwatch_log_group" "containers" {
  for_each = toset(["application", "dataplane", "host", "performance"])

  name              = "/aws/containerinsights/${var.cluster_name}/${each.key}"
  retention_in_days = var.log_days
  kms_key_id        = module.key.arn
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = module.key.arn
}

resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.mail
}

# The OpenTelemetry collector hands traces on to X-Ray, which takes OTLP, and metrics to managed Prometheus.
module "collector" {
  source = "../pod-identity"

  cluster_name    = var.cluster_name
  namespace       = "monitoring"
  service_account = "opentelemetry-collector"
  policies        = { send = data.aws_iam_policy_document.collector.json }
}

data "aws_iam_policy_document" "collector" {
  # X-Ray has no resources that a right to send could name.
  statement {
    sid       = "Traces"
    actions   = ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = aws_prometheus_workspace.this

    content {
      sid       = "Metrics"
      actions   = ["aps:RemoteWrite"]
      resources = [statement.value.arn]
    }
  }
}

resource "aws_prometheus_workspace" "this" {
  count = var.managed_prometheus ? 1 : 0

  alias       = var.name
  kms_key_arn = module.key.arn
}

data "aws_iam_policy_document" "grafana_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["grafana.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "grafana" {
  count = var.managed_grafana ? 1 : 0

  statement {
    sid       = "Read"
    actions   = ["aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics"]
    resources = [aws_prometheus_workspace.this[0].arn]
  }
}

resource "aws_iam_role" "grafana" {
  count = var.managed_grafana ? 1 : 0

  name               = "${var.name}-grafana"
  assume_role_policy = data.aws_iam_policy_document.grafana_assume.json
}

resource "aws_iam_role_policy" "grafana" {
  count = var.managed_grafana ? 1 : 0

  name   = "read"
  role   = aws_iam_role.grafana[0].id
  policy = data.aws_iam_policy_document.grafana[0].json
}

resource "aws_grafana_workspace" "this" {
  count = var.managed_grafana ? 1 : 0

  name                     = var.name
  account_access_type      = "CURRENT_ACCOUNT"
  authentication_providers = ["AWS_SSO"]
  permission_type          = "CUSTOMER_MANAGED"
  data_sources             = ["PROMETHEUS"]
  role_arn                 = aws_iam_role.grafana[0].arn
}
