package spectools

import (
	"strings"
	"testing"
)

// TestDocumentAsksForConfirmation holds a read whose document demands a confirmation, and no other.
func TestDocumentAsksForConfirmation(t *testing.T) {
	a := newAPI(t)
	document := strings.Replace(clinic, "get: {operationId: getVisit,", "get: {operationId: getVisit, x-mcp-confirm: true,", 1)
	c := connect(t, newSet(t, document, Options{BaseURL: a.URL}), false)
	if r := call(t, c, "getVisit", `{"id":1}`); r.Type != "confirmation_request" || r.Raw["action"] != "read_resource" || len(a.requests()) != 0 {
		t.Fatalf("%v", r.Raw)
	}
	if r := call(t, c, "getVisit", `{"id":1,"__confirmed":true}`); r.Type != "api_response" {
		t.Errorf("confirmed: %v", r.Raw)
	}
	if r := call(t, c, "listVisits", `{}`); r.Type != "api_response" {
		t.Errorf("another read: %v", r.Raw)
	}
}
