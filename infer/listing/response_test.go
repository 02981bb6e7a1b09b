package listing

import (
	"fmt"
	"testing"

	"github.com/spectap/spectap/infer/schema"
)

// object returns an object with properties, each a name and a schema.
func object(pairs ...any) *schema.Schema {
	s := &schema.Schema{Kind: schema.Object}
	for i := 0; i < len(pairs); i += 2 {
		s.Properties = append(s.Properties, schema.Property{Name: pairs[i].(string), Schema: pairs[i+1].(*schema.Schema)})
	}
	return s
}

// TestPageParam tells the styles of parameters by their names and types.
func TestPageParam(t *testing.T) {
	for _, x := range []struct {
		name        string
		s           schema.Schema
		style, text string
	}{
		{"page", schema.Schema{Kind: schema.Integer}, PageNumber, "Number of the page to return."},
		{"page", schema.Schema{Kind: schema.String}, "", ""},
		{"per_page", schema.Schema{Kind: schema.Integer}, "", "Maximum number of items to return."},
		{"limit", schema.Schema{Kind: schema.String}, "", ""},
		{"offset", schema.Schema{Kind: schema.Integer}, PageOffset, "Number of items to skip."},
		{"cursor", schema.Schema{Kind: schema.String}, PageCursor, "Cursor from an earlier response; the page begins after it."},
		{"after", schema.Schema{Kind: schema.Integer}, PageCursor, "Cursor from an earlier response; the page begins after it."},
		{"ending_before", schema.Schema{Kind: schema.String}, PageCursor, "Cursor from an earlier response; the page ends before it."},
		{"after", schema.Schema{Kind: schema.String, Format: "date-time"}, "", ""},
		{"after", schema.Schema{Kind: schema.String, Format: "date"}, "", ""},
		{"cursor", schema.Schema{Kind: schema.Array}, "", ""},
		{"q", schema.Schema{Kind: schema.String}, "", ""},
	} {
		if style, text := PageParam(x.name, &x.s); style != x.style || text != x.text {
			t.Errorf("%s: %q, %q", x.name, style, text)
		}
	}
}

// TestPointers finds the only list of a response, and what leads to the next page, up to two levels
// down.
func TestPointers(t *testing.T) {
	str, integer, null := &schema.Schema{Kind: schema.String}, &schema.Schema{Kind: schema.Integer}, &schema.Schema{Nullable: true}
	list, any := &schema.Schema{Kind: schema.Array}, &schema.Schema{}
	components := map[string]*schema.Schema{"Page": object("items", list, "next_page", integer), "List": list}
	ref := func(name string) *schema.Schema { return &schema.Schema{Ref: name} }
	for _, x := range []struct {
		s    *schema.Schema
		want string
	}{
		{nil, " "}, {list, " "}, {str, " "},
		{object("data", list, "total", integer), "/data "},
		{object("data", list, "other", list, "next", str), " /next"},
		{object("a/b", ref("List"), "next_cursor", null), "/a~1b /next_cursor"},
		{object("data", list, "next", any), "/data "},
		{object("data", list, "next", object("x", str)), "/data "},
		{object("data", list, "gone", ref("Nothing")), "/data "},
		{object("next_cursor", str, "next_page", integer), " /next_cursor"},
		{object("data", list, "meta", object("next_cursor", str)), "/data /meta/next_cursor"},
		{object("data", list, "meta", object("paging", object("next", str))), "/data /meta/paging/next"},
		{object("data", list, "meta", object("paging", object("meta", object("next", str)))), "/data "},
		{object("data", list, "meta", object("next_cursor", str), "next", str), "/data /meta/next_cursor"},
		{object("data", list, "user", object("next", str)), "/data "},
		{&schema.Schema{OneOf: []*schema.Schema{object("data", list), ref("Page")}}, "/items /next_page"},
		{&schema.Schema{OneOf: []*schema.Schema{object("data", list), object("x", str)}}, " "},
	} {
		items, next := Pointers(x.s, components)
		if got := items + " " + next; got != x.want {
			t.Errorf("%+v: %q, want %q", x.s, got, x.want)
		}
	}
}

// TestIn tells objects that are lists, and pages of lists, from records with a list.
func TestIn(t *testing.T) {
	str := &schema.Schema{Kind: schema.String}
	list := func(items *schema.Schema) *schema.Schema { return &schema.Schema{Kind: schema.Array, Items: items} }
	users := list(&schema.Schema{Ref: "User"})
	wide := func(n int) *schema.Schema {
		s := object("users", users)
		for i := range n - 1 {
			s.Properties = append(s.Properties, schema.Property{Name: fmt.Sprint("p", i), Schema: str})
		}
		return s
	}
	for _, x := range []struct {
		s         *schema.Schema
		component string
		shape     Shape
	}{
		{nil, "", ""}, {str, "", ""},
		{object("users", users), "User", OnlyList},
		{object("users", users, "other", str), "User", OnlyList},
		{object("users", users, "has_more", str), "User", PageList},
		{object("users", users, "nextPageToken", str), "User", PageList},
		{object("users", users, "id", str), "", ""},
		{object("users", users, "uuid", str), "", ""},
		{object("users", users, "teams", users), "", ""},
		{object("rows", list(object("a", str))), "", OnlyList},
		{object("rows", list(&schema.Schema{OneOf: []*schema.Schema{str}})), "", OnlyList},
		{object("tags", list(str)), "", ""},
		{object("rows", list(nil)), "", ""},
		{wide(maxPageProperties), "User", OnlyList},
		{wide(maxPageProperties + 1), "", ""},
	} {
		if component, shape := In(x.s); component != x.component || shape != x.shape {
			t.Errorf("%+v: %q, %q", x.s, component, shape)
		}
	}
	if RefOf(nil) != "" || RefOf(&schema.Schema{Ref: "A"}) != "A" {
		t.Error("references")
	}
}
