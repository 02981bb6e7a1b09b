package api

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// A part that only the traffic or only the document has is not a change of the API.
func TestCompareWithTraffic(t *testing.T) {
	for _, test := range []struct{ name, rule, text, wantRule, wantText, wantLevel string }{
		{"operation of the document", "api-path-removed-without-deprecation", "api path removed without deprecation",
			"operations in api.yaml, not in traffic", "", "missing"},
		{"operation of traffic", "endpoint-added", "endpoint added", "operations in traffic, not in api.yaml", "", "warning"},
		{"parameter of the document", "request-parameter-removed", "deleted the `query` request parameter `q`",
			"parameters in api.yaml, not in traffic", "`query` request parameter `q`", "missing"},
		{"parameter of traffic", "new-optional-request-parameter", "added the new optional `query` request parameter `q`",
			"parameters in traffic, not in api.yaml", "optional `query` request parameter `q`", "warning"},
		{"status of the document", "response-non-success-status-removed", "removed the non-success response with the status `404`",
			"statuses in api.yaml, not in traffic", "non-success response with the status `404`", "missing"},
		{"member that all answers had", "response-required-property-removed", "removed the required property `a` from the response with the `200` status",
			"members in api.yaml, not in traffic", "required property `a` from the response with the `200` status", "warning"},
		{"header of the document", "optional-response-header-removed", "the optional response header `ETag` removed for the status `200`",
			"parts in api.yaml, not in traffic", "optional response header `ETag` for the status `200`", "missing"},
		{"schema of the document", "api-schema-removed", "removed the schema `Order`", "parts in api.yaml, not in traffic", "schema `Order`", "missing"},
		{"no presence", "request-parameter-enum-value-removed", "removed the enum value", "request-parameter-enum-value-removed", "removed the enum value", "warning"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := Change{Level: "warning", Rule: test.rule, Text: test.text}
			c.compareWithTraffic("api.yaml")
			if c.Rule != test.wantRule || c.Text != test.wantText || c.Level != test.wantLevel {
				t.Errorf("got %+v", c)
			}
		})
	}
}

func TestOtherHosts(t *testing.T) {
	for _, test := range []struct{ server, want string }{
		{"https://shop.example/v1", ""}, {"https://shop.example:443", ""}, {"/v1", ""}, {"https://{region}.example", ""},
		{"https://pay.example/v1", "pay.example"},
	} {
		if got := strings.Join(otherHosts(&openapi3.T{Servers: openapi3.Servers{{URL: test.server}}}, "shop.example"), " "); got != test.want {
			t.Errorf("%s: %q, want %q", test.server, got, test.want)
		}
	}
}
