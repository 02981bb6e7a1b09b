package opsearch

import (
	"strings"
	"testing"
)

// TestFindMembers asks for changes that APIs have no operation for: they update a member of
// something. The members follow the path.
func TestFindMembers(t *testing.T) {
	lines := []string{
		"POST /projects name hidden has_board plan",
		"GET /projects",
		"PATCH /projects/{id} name hidden has_board has_wiki main_folder plan",
		"POST /projects/{id}/boards title",
		"PATCH /projects/{id}/boards/{board} title state =open =closed",
		"DELETE /projects/{id}/boards/{board}",

		"POST /hidden-projects name",
		"POST /orders/{id} active quantity note",
		"DELETE /orders/{id}",
		"POST /charges/{charge}/refunds reason",
		"GET /charges/{charge}/refunds",
		"POST /charges/{charge}/capture",
		"POST /refunds amount payment_id",
		"POST /session user", "DELETE /session", "GET /user",
		"POST /teams name", "PATCH /teams/{id} privacy =secret =visible",
		"PUT /keys/{key} value",
	}
	var ops []Operation
	for _, l := range lines {
		words := strings.Fields(l)
		op := Operation{Method: words[0], Path: words[1]}
		for _, w := range words[2:] {
			if value, isValue := strings.CutPrefix(w, "="); isValue {
				op.Values = append(op.Values, value)
			} else {
				op.Members = append(op.Members, w)
			}
		}
		ops = append(ops, op)
	}
	x := New(ops)
	for query, want := range map[string]string{
		"make a project hidden":            "PATCH /projects/{id}",
		"make a project more expensive":    "PATCH /projects/{id}",
		"make a project":                   "POST /projects",
		"make a new hidden project":        "POST /hidden-projects",
		"change the main folder":           "PATCH /projects/{id}",
		"change the plan of a project":     "PATCH /projects/{id}",
		"turn off boards in a project":     "PATCH /projects/{id}",
		"disable the wiki":                 "PATCH /projects/{id}",
		"close a board":                    "PATCH /projects/{id}/boards/{board}",
		"deactivate an order":              "POST /orders/{id}",
		"set the quantity of an order":     "POST /orders/{id}",
		"refund a payment":                 "POST /refunds",
		"which refunds does a charge have": "GET /charges/{charge}/refunds",
		"make a team secret":               "PATCH /teams/{id}",
		"log out":                          "DELETE /session",
		"log in":                           "POST /session",
	} {
		found := x.Find(query, everything)
		if len(found) == 0 || !strings.HasPrefix(lines[found[0]]+" ", want+" ") {
			var got []string
			for _, i := range found[:min(4, len(found))] {
				got = append(got, ops[i].Method+" "+ops[i].Path)
			}
			t.Errorf("%s: got %s, want %s", query, strings.Join(got, ", "), want)
		}
	}
}
