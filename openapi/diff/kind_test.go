package diff

import (
	"strings"
	"testing"

	"github.com/oasdiff/oasdiff/checker"
)

func TestKindOf(t *testing.T) {
	for _, tt := range []struct {
		id   string
		kind Kind
		part Part
	}{
		{"endpoint-added", Undocumented, PartOperation},
		{"api-path-removed-without-deprecation", NotShown, PartOperation},
		{"api-removed-with-deprecation", NotShown, PartOperation},
		{"request-parameter-removed", NotShown, PartParameter},
		{"new-optional-request-parameter", Undocumented, PartParameter},
		{"new-required-request-property", Undocumented, PartMember},
		{"response-optional-property-added", Undocumented, PartMember},
		{"response-required-property-removed", NotShown, PartMember},
		{"response-non-success-status-added", Undocumented, PartStatus},
		{"response-success-status-removed", NotShown, PartStatus},
		{"response-media-type-added", Undocumented, PartOther},
		{"response-header-added", Undocumented, PartOther},
		{"api-security-added", Undocumented, PartOther},
		{"response-property-became-optional", NotShown, PartOther},
		{"response-property-enum-value-removed", NotShown, PartOther},
		{"response-property-any-of-added", NotShown, PartOther},
		{"request-parameter-max-length-unset", NotShown, PartParameter},
		{"api-tag-added", Label, PartOther},
		{"api-operation-id-removed", Label, PartOther},
		{"api-schema-removed", Label, PartOther},
		{"endpoint-deprecated", Label, PartOperation},
		{"response-property-reactivated", Label, PartOther},
	} {
		c := Change{ID: tt.id}
		if c.KindOf() != tt.kind || c.PartOf() != tt.part {
			t.Errorf("%s: %s, %s; want %s, %s", tt.id, c.KindOf(), c.PartOf(), tt.kind, tt.part)
		}
	}
}

// TestKindsOfAllRules checks that no rule of the library is taken for evidence by mistake.
func TestKindsOfAllRules(t *testing.T) {
	rules := checker.GetAllRules()
	if len(rules) < 200 {
		t.Fatalf("only %d rules", len(rules))
	}
	kinds := map[Kind]int{}
	for _, r := range rules {
		c := Change{ID: r.Id}
		kinds[c.KindOf()]++
		if c.KindOf() == Undocumented && (strings.Contains(r.Id, "removed") || strings.Contains(r.Id, "became") || strings.Contains(r.Id, "unset")) {
			t.Errorf("%s is taken for something that the traffic has", r.Id)
		}
	}
	for _, k := range []Kind{Undocumented, NotShown, Label} {
		if kinds[k] < 10 {
			t.Errorf("%d rules are %s", kinds[k], k)
		}
	}
}
