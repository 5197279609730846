# CloudFront: files of the web app from near by, everything else straight through to the load balancer.
# AWS's own policies, whose ids are the same in every account.
locals {
  caching_optimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  caching_disabled  = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  all_viewer        = "216adef6-5c7f-47e4-b989-5492eafa07d3"
}

resource "aws_cloudfront_distribution" "this" {
  #checkov:skip=CKV_AWS_86: requests are logged by the firewall and by Raally, with their ids; a third log would hold people's addresses once more
  #checkov:skip=CKV_AWS_310: one load balancer in three zones; failing over to another region is a decision of people (docs)
  #checkov:skip=CKV_AWS_374: people may work from anywhere
  #checkov:skip=CKV2_AWS_32: Raally sets its own headers, with a nonce for each page
  #checkov:skip=CKV_AWS_305: the web app answers "/" itself
  count = var.cdn ? 1 : 0

  comment         = var.name
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  aliases         = [var.host]
  web_acl_id      = module.cdn_firewall[0].arn
  price_class     = "PriceClass_100"

  origin {
    origin_id   = "balancer"
    domain_name = local.origin

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
      # Live streams say something every 15 s.
      origin_read_timeout = 60
    }
  }

  # Pages have a nonce each, answers are people's own: neither is kept.
  default_cache_behavior {
    target_origin_id         = "balancer"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = local.caching_disabled
    origin_request_policy_id = local.all_viewer
  }

  # Files whose name has their content's hash are kept for as long as they say.
  ordered_cache_behavior {
    path_pattern             = "/assets/*"
    target_origin_id         = "balancer"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["GET", "HEAD"]
    cached_methods           = ["GET", "HEAD"]
    compress                 = true
    cache_policy_id          = local.caching_optimized
    origin_request_policy_id = local.all_viewer
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate_validation.cdn[0].certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }
}

resource "aws_route53_record" "cdn" {
  for_each = var.cdn ? toset(["A", "AAAA"]) : toset([])

  zone_id = aws_route53_zone.this.zone_id
  name    = var.host
  type    = each.key

  alias {
    name                   = aws_cloudfront_distribution.this[0].domain_name
    zone_id                = aws_cloudfront_distribution.this[0].hosted_zone_id
    evaluate_target_health = false
  }
}
