package infer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// TestNotModified holds that a 304 to a read is excluded and counted if the operation has other
// responses. On other methods, for which RFC 9110 (section 15.4.5) does not define it, 304 is a
// response like others.
func TestNotModified(t *testing.T) {
	unchanged := func(method, path string) flow.Flow { return call(method, path, 304, "", "", "", "") }
	fs := []flow.Flow{unchanged("POST", "/lamps/off"), get("/lamps", "", `{"a":1}`), unchanged("GET", "/lamps"),
		unchanged("GET", "/lamps"), unchanged("GET", "/switches")}
	d := modelOf(fs).Document(infer.Options{})
	if op := operation(t, d, "GET", "/switches"); op.Seen != 1 || op.Responses[0].Status != 304 {
		t.Errorf("304 is the only response of /switches: %+v", op)
	}
	if op := operation(t, d, "GET", "/lamps"); op.Seen != 1 {
		t.Errorf("/lamps has %d flows, want 1", op.Seen)
	}
	if rs := operation(t, d, "GET", "/lamps").Responses; len(rs) != 1 || rs[0].Status != 200 {
		t.Errorf("responses of GET /lamps: %+v", rs)
	}
	if rs := operation(t, d, "POST", "/lamps/off").Responses; len(rs) != 1 || rs[0].Status != 304 {
		t.Errorf("responses of POST /lamps/off: %+v", rs)
	}
	if !slices.Contains(d.Excluded, infer.Exclusion{Reason: infer.ReasonUnchanged, Count: 2}) {
		t.Errorf("excluded: %v", d.Excluded)
	}
}

// TestMalformedIdentifiers holds that a method known only from malformed identifiers is excluded,
// that other methods of its path are not, and that the format of the accepted ones is known.
func TestMalformedIdentifiers(t *testing.T) {
	refused := func(method, path string) flow.Flow {
		return call(method, path, 400, "", "", "application/json", `{"error":"malformed"}`)
	}
	fs := []flow.Flow{
		get("/lamps/0f8fad5b-d9cb-469f-a165-70867728950e", "", `{"id":"0f8fad5b-d9cb-469f-a165-70867728950e"}`),
		get("/lamps/1f8fad5b-d9cb-469f-a165-70867728950e", "", `{"id":"1f8fad5b-d9cb-469f-a165-70867728950e"}`),
		refused("GET", "/lamps/not-a-uuid"), refused("DELETE", "/lamps/not-a-uuid"), refused("DELETE", "/lamps/abc"),
		refused("GET", "/lamps/12345"),
		refused("POST", "/switches"), refused("PUT", "/switches/invalid-id"),
	}
	d := modelOf(fs).Document(infer.Options{})
	var got []string
	for _, op := range d.Operations {
		got = append(got, op.Method+" "+op.Path)
	}
	if want := []string{"GET /lamps/{lampId}", "POST /switches"}; !slices.Equal(got, want) {
		t.Errorf("operations %v, want %v", got, want)
	}
	if p := operation(t, d, "GET", "/lamps/{lampId}").Params[0]; p.Schema.Format != "uuid" {
		t.Errorf("the path parameter is %+v", p.Schema)
	}
	if !slices.Contains(d.Excluded, infer.Exclusion{Reason: infer.ReasonRefused, Count: 3}) {
		t.Errorf("excluded: %v", d.Excluded)
	}
}

// TestTrace holds that a TRACE request is no operation, and that it does not hide others of its
// path.
func TestTrace(t *testing.T) {
	fs := []flow.Flow{get("/lamps", "", `{"a":1}`), call("TRACE", "/lamps", 200, "", "", "message/http", "TRACE /lamps HTTP/1.1"),
		call("TRACE", "/", 405, "", "", "", "")}
	d := modelOf(fs).Document(infer.Options{})
	if len(d.Operations) != 1 || d.Operations[0].Method != "GET" {
		t.Errorf("operations: %+v", d.Operations)
	}
	if !slices.Contains(d.Excluded, infer.Exclusion{Reason: infer.ReasonMethod, Count: 2}) {
		t.Errorf("excluded: %v", d.Excluded)
	}
}

// TestExclude adds flows without an operation: those of one reason count together.
func TestExclude(t *testing.T) {
	var d infer.Document
	d.Exclude(infer.ReasonUnchanged, 2)
	d.Exclude(infer.ReasonMethod, 1)
	d.Exclude(infer.ReasonUnchanged, 3)
	want := []infer.Exclusion{{Reason: infer.ReasonMethod, Count: 1}, {Reason: infer.ReasonUnchanged, Count: 5}}
	slices.SortFunc(want, func(a, b infer.Exclusion) int { return strings.Compare(a.Reason, b.Reason) })
	if d.Flows != 6 || !slices.Equal(d.Excluded, want) {
		t.Errorf("%d flows, %v; want 6, %v", d.Flows, d.Excluded, want)
	}
}
