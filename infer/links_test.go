package infer_test

import (
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestReferences: a reference leads to what it names, though it is called otherwise, if several of its values were asked
// for there; numbers, which are alike by chance, do not.
func TestReferences(t *testing.T) {
	var fs []flow.Flow
	for i := range 5 {
		user := fmt.Sprintf("6f1e2d3c-0000-4000-8000-00000000000%d", i)
		fs = append(fs,
			call("GET", "/users/"+user, 200, "", "", "application/json", fmt.Sprintf(`{"id":%q,"login":"u%d"}`, user, i)),
			call("GET", fmt.Sprintf("/shelves/%d", 40+i), 200, "", "", "application/json", fmt.Sprintf(`{"id":%d,"rows":3}`, 40+i)),
			call("GET", fmt.Sprintf("/orders/o-%d-9f3a7", i), 200, "", "", "application/json", fmt.Sprintf(`{"id":"o-%d-9f3a7","buyer_id":%q,"batch_id":%d}`, i, user, 40+i)))
	}
	d := soundBoth(t, fs)
	var got []string
	for _, op := range d.Operations {
		for _, r := range op.Responses {
			for _, l := range r.Links {
				for _, p := range l.Parameters {
					got = append(got, op.ID+" "+l.Operation+" "+p.Expression)
				}
			}
		}
	}
	if fmt.Sprint(got) != "[getOrder getUser $response.body#/buyer_id]" {
		t.Errorf("links %v", got)
	}
}
