mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name        = "raally-test"
  environment = "test"
  monthly_usd = 1200
  mail        = "operations@example.com"
}

run "a_budget_tells_before_it_is_spent" {
  command = plan

  assert {
    condition     = aws_budgets_budget.monthly.limit_amount == "1200" && length(aws_budgets_budget.monthly.notification) == 3
    error_message = "The budget is another, or tells nobody in time."
  }

  assert {
    condition     = one(aws_budgets_budget.monthly.cost_filter).values == tolist(["user:environment$test"])
    error_message = "The budget counts other environments too."
  }

  assert {
    condition     = anytrue([for notification in aws_budgets_budget.monthly.notification : notification.notification_type == "FORECASTED"])
    error_message = "Nobody is told of what is to come."
  }
}

run "what_is_unlike_before_is_told" {
  command = plan

  assert {
    condition     = aws_ce_anomaly_monitor.services.monitor_dimension == "SERVICE" && one(aws_ce_anomaly_subscription.mail.subscriber).address == "operations@example.com"
    error_message = "Nobody is told of anomalies."
  }
}

run "no_budget_is_refused" {
  command = plan

  variables {
    monthly_usd = 0
  }

  expect_failures = [var.monthly_usd]
}

run "an_address_that_is_none_is_refused" {
  command = plan

  variables {
    mail = "operations"
  }

  expect_failures = [var.mail]
}

run "an_anomaly_of_nothing_is_refused" {
  command = plan

  variables {
    anomaly_usd = 0
  }

  expect_failures = [var.anomaly_usd]
}
