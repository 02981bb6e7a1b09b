package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// A chain that occurs in two of four sessions becomes a list of steps with their flows, and an
// Arazzo file for the saved document.
func TestWorkflows(t *testing.T) {
	p, db := open(t)
	for session := range uint64(3) {
		id := fmt.Sprintf("5f0c3b1e-8a7d-4c2b-9e1f-00000000000%d", session)
		begin, end := exchange("POST", "/api/v1/carts", 201), exchange("GET", "/api/v1/carts/"+id, 200)
		begin.Response.Body.Data = fmt.Appendf(nil, `{"id":%q,"total":12}`, id)
		begin.Session, end.Session = session+1, session+1
		end.Started = begin.Started.Add(time.Second)
		add(t, db, begin)
		if session > 0 {
			add(t, db, end)
		}
	}
	w, err := p.workflows(t.Context(), HostQuery{"api.example.com"})
	if err != nil || len(w.Found) != 1 {
		t.Fatalf("%+v, %v; want one workflow", w, err)
	}
	got, err := json.Marshal(w.Found[0].Steps)
	const want = `[{"method":"POST","path":"/carts","statuses":[201],"takes":[]},` +
		`{"method":"GET","path":"/carts/{cartId}","statuses":[200],"takes":[{"name":"id","from":0,"value":"$response.body#/id","place":"path cartId","runs":2}]}]`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v; want\n%s", got, err, want)
	}
	if f := w.Found[0]; f.Sessions != 2 || w.Sessions != 4 || fmt.Sprint(f.Flows) != "[[52 53] [50 51]]" {
		t.Errorf("%d of %d sessions, flows %v", f.Sessions, w.Sessions, f.Flows)
	}
	f := must.Get(p.arazzo(t.Context(), HostQuery{"api.example.com"}))
	var file bytes.Buffer
	if err := f.Write(&file); err != nil || !strings.Contains(file.String(), "url: api.example.com.openapi.yaml") || !strings.Contains(file.String(), "stepId: createCart") {
		t.Errorf("%s: %v\n%s", f.Name, err, file.String())
	}
	if strings.Contains(file.String(), "5f0c3b1e") {
		t.Errorf("the file has a value of the traffic:\n%s", file.String())
	}
}
