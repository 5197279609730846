mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name          = "raally-test"
  cluster_name  = "raally-test-cluster"
  mail          = "operations@example.com"
  databases     = ["raally-test", "raally-test-replica-1"]
  cache_nodes   = ["raally-test-0001-001"]
  kafka_cluster = "raally-test"
}

run "each_store_is_watched_and_somebody_hears_of_it" {
  command = plan

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 2 * 4 + 3 + 2 + 2
    error_message = "Something is not watched."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.dimensions) > 0 && alarm.threshold != null])
    error_message = "An alarm watches nothing."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["raally-test-storage"].comparison_operator == "LessThanThreshold" && aws_cloudwatch_metric_alarm.this["raally-test-cpu"].comparison_operator == "GreaterThanThreshold"
    error_message = "An alarm tells when all is well."
  }

  assert {
    condition     = aws_sns_topic_subscription.mail.endpoint == "operations@example.com"
    error_message = "Nobody hears of alarms."
  }
}

run "logs_are_kept_for_a_while" {
  command = plan

  assert {
    condition     = length(aws_cloudwatch_log_group.containers) == 4 && alltrue([for group in aws_cloudwatch_log_group.containers : group.retention_in_days == 90])
    error_message = "Logs are kept for ever, or not at all."
  }
}

run "managed_monitoring_is_asked_for" {
  command = plan

  assert {
    condition     = length(aws_prometheus_workspace.this) == 0 && length(aws_grafana_workspace.this) == 0
    error_message = "What costs most is there without being asked for."
  }
}

run "managed_monitoring" {
  command = plan

  variables {
    managed_prometheus = true
    managed_grafana    = true
  }

  assert {
    condition     = length(aws_prometheus_workspace.this) == 1 && length(aws_grafana_workspace.this) == 1 && !contains(data.aws_iam_policy_document.grafana[0].statement[0].actions, "aps:*")
    error_message = "Prometheus or Grafana is missing, or Grafana may more than read."
  }
}

run "grafana_over_nothing_is_refused" {
  command = plan

  variables {
    managed_grafana = true
  }

  expect_failures = [var.managed_grafana]
}

run "an_address_that_is_none_is_refused" {
  command = plan

  variables {
    mail = "operations"
  }

  expect_failures = [var.mail]
}
