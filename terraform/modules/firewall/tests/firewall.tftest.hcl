mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name                      = "raally-test-balancer"
  scope                     = "REGIONAL"
  requests_per_five_minutes = 3000
  large_bodies              = "^/api/v1/tenants/[^/]+/imports?$"
  log_days                  = 365
}

run "requests_are_counted_first" {
  command = plan

  assert {
    condition = anytrue([
      for rule in aws_wafv2_web_acl.this.rule : rule.priority == 0 && try(rule.statement[0].rate_based_statement[0].limit == 3000 && length(rule.action[0].block) == 1, false)
    ])
    error_message = "Nobody counts requests, or counts for nothing."
  }

  assert {
    condition     = length([for rule in aws_wafv2_web_acl.this.rule : rule if length(rule.statement[0].managed_rule_group_statement) == 1]) == 3
    error_message = "There are not three of AWS's own lists."
  }
}

run "large_bodies_pass_on_their_paths_alone" {
  command = plan

  assert {
    condition = one([
      for rule in aws_wafv2_web_acl.this.rule : [for override in rule.statement[0].managed_rule_group_statement[0].rule_action_override : override.name] if rule.name == "AWSManagedRulesCommonRuleSet"
    ]) == ["SizeRestrictions_BODY"]
    error_message = "Another rule of AWS's list is lifted, or none."
  }

  assert {
    condition     = one([for rule in aws_wafv2_web_acl.this.rule : length(rule.action[0].block) if rule.name == "large-bodies-elsewhere"]) == 1
    error_message = "Large bodies pass everywhere."
  }
}

run "where_all_come_from_cloudfront_nobody_is_counted" {
  command = plan

  variables {
    requests_per_five_minutes = null
  }

  assert {
    condition     = length([for rule in aws_wafv2_web_acl.this.rule : rule if length(rule.statement[0].rate_based_statement) == 1]) == 0
    error_message = "CloudFront's own addresses would be refused."
  }
}

run "nobodys_session_is_logged" {
  command = plan

  assert {
    condition     = toset([for field in aws_wafv2_web_acl_logging_configuration.this.redacted_fields : field.single_header[0].name]) == toset(["authorization", "cookie"]) && startswith(aws_cloudwatch_log_group.this.name, "aws-waf-logs-")
    error_message = "Sessions are logged, or nothing is."
  }
}

run "another_scope_is_refused" {
  command = plan

  variables {
    scope = "GLOBAL"
  }

  expect_failures = [var.scope]
}

run "a_count_that_waf_does_not_take_is_refused" {
  command = plan

  variables {
    requests_per_five_minutes = 10
  }

  expect_failures = [var.requests_per_five_minutes]
}

run "large_bodies_everywhere_are_refused" {
  command = plan

  variables {
    large_bodies = ".*"
  }

  expect_failures = [var.large_bodies]
}
