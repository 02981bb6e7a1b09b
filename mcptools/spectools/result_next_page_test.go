package spectools

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// parse reads parameters such as "page:int=1 body.cursor": an integer with a default, and a text in
// an object.
func parse(text string) (list []pageParameter) {
	for word := range strings.FieldsSeq(text) {
		word, value, _ := strings.Cut(word, "=")
		path, kind, _ := strings.Cut(word, ":")
		q := pageParameter{Argument: strings.Split(path, "."), Integer: kind != "", FromZero: kind == "from0"}
		if q.Name = q.Argument[len(q.Argument)-1]; value != "" {
			q.Default = json.Number(value)
		}
		list = append(list, q)
	}
	return list
}

func decodedJSON(t *testing.T, text string) any {
	t.Helper()
	v, err := orderedjson.Decode([]byte(text))
	if err != nil {
		t.Fatal(text, err)
	}
	return v
}

// TestNext checks what the response of each kind of list leads to. A want that begins with "?" may
// be an empty page. URLs of the API begin with "u:".
func TestNext(t *testing.T) {
	long := strings.Repeat("c", maxCursor)
	const page, two = "page:int", `[{"id":"a"},{"id":"b"}]`
	for _, tt := range []struct {
		name, parameters, args string
		body                   string
		want                   string
		p                      listPage // the rest
	}{
		// Numbers of pages.
		{"first", page, `{}`, two, `?{"page":2}`, listPage{}},
		{"with an argument", page, `{"page":4}`, two, `?{"page":5}`, listPage{}},
		{"with a default", "page:int=3", `{}`, two, `?{"page":4}`, listPage{}},
		{"not an integer", "page", `{}`, two, ``, listPage{}},
		{"page 0", page, `{"page":0}`, two, `?{"page":1}`, listPage{}},
		{"a negative page", page, `{"page":-1}`, two, `?{"page":2}`, listPage{}},
		{"a huge page", page, `{"page":1099511627776}`, two, `?{"page":1099511627777}`, listPage{}},
		{"too huge a page", page, `{"page":1099511627777}`, two, `?{"page":2}`, listPage{}},
		{"a number of the response", page, `{}`, `{"l":[1],"current_page":3}`, `?{"page":4}`, listPage{}},
		{"another number of the response", page, `{}`, `{"l":[1],"page":"6"}`, `?{"page":7}`, listPage{}},
		{"no more", page, `{}`, `{"l":[1],"has_more":false}`, ``, listPage{}},
		{"more", page, `{}`, `{"l":[1],"has_more":true}`, `{"page":2}`, listPage{}},
		{"more, twice", page, `{}`, `{"l":[1],"has_more":true,"more":false}`, ``, listPage{}},
		{"one item of one", page, `{}`, `{"l":[1],"total":1}`, ``, listPage{}},
		{"two items of two", page, `{}`, `{"l":[1,2],"total":2}`, ``, listPage{}},
		{"two items of three", page, `{}`, `{"l":[1,2],"total":3}`, `?{"page":2}`, listPage{}},
		{"the size of the response", page, `{}`, `{"l":[1,2],"total":3,"size":2,"page_size":2}`, `{"page":2}`, listPage{}},
		{"the last by the total", page, `{"page":2}`, `{"l":[1,2],"total":4,"page_size":2}`, ``, listPage{}},
		{"one page", page, `{}`, `{"l":[1],"total_pages":1}`, ``, listPage{}},
		{"two pages", page, `{}`, `{"l":[1],"total_pages":2}`, `{"page":2}`, listPage{}},
		{"two pages from 0", "page:from0", `{"page":1}`, `{"l":[1],"total_pages":2}`, ``, listPage{}},
		{"three pages from 0", "page:from0", `{"page":1}`, `{"l":[1],"total_pages":3}`, `{"page":2}`, listPage{}},
		{"from 0 without a number", "page:from0", `{}`, two, `?{"page":1}`, listPage{}},
		{"a short page", page + " limit:int=3", `{}`, two, ``, listPage{}},
		{"a full page", page + " limit:int=2", `{}`, two, `?{"page":2}`, listPage{}},
		{"a short page with more", page + " limit:int=3", `{}`, `{"l":` + two + `,"has_more":true}`, `{"page":2}`, listPage{}},
		{"pages of one", page + " limit:int", `{"limit":1}`, `{"l":[1],"total":3}`, `{"limit":1,"page":2}`, listPage{}},
		{"a size of 0", page + " limit:int", `{"limit":0}`, `{"l":[1,2],"page_size":5}`, ``, listPage{}},
		{"two sizes", page + " limit:int=3 count:int=3", `{}`, two, `?{"page":2}`, listPage{}},
		{"the size of the document", page + " limit:int=2 count:int=3", `{}`, two, ``, listPage{Hint: openapi.Paging{Size: "count"}}},
		{"a count of the items", page, `{}`, `{"l":[1,2],"count":5}`, `?{"page":2}`, listPage{}},
		{"a short page of the response", page, `{}`, `{"l":[1,2],"page_size":5}`, ``, listPage{}},
		{"a wrong size", page, `{}`, `{"l":[1,2],"page_size":"many"}`, `?{"page":2}`, listPage{}},
		{"no items", page, `{}`, `{"l":[]}`, ``, listPage{}},
		{"two parameters", "page:int p:int", `{}`, two, ``, listPage{}},
		{"the parameter of the document", "page:int p:int", `{}`, two, `?{"p":2}`, listPage{Hint: openapi.Paging{Parameter: "p"}}},
		{"an unknown parameter of the document", "q:int page:int", `{}`, two, `?{"page":2}`, listPage{Hint: openapi.Paging{Parameter: "nope"}}},
		{"a parameter in an object", "body.page:int", `{"body":{"page":2,"q":1}}`, two, `?{"body":{"page":3,"q":1}}`, listPage{}},
		{"a new object", "body.page:int", `{}`, two, `?{"body":{"page":2}}`, listPage{}},
		{"an object that is none", "body.page:int", `{"body":1}`, two, `?{"body":{"page":2}}`, listPage{}},
		// Offsets.
		{"offset", "offset:int", `{}`, two, `?{"offset":2}`, listPage{}},
		{"offset of a total", "offset:int", `{}`, `{"l":[1],"total":2}`, `{"offset":1}`, listPage{}},
		{"offset at the total", "offset:int", `{}`, `{"l":[1],"total":1}`, ``, listPage{}},
		{"offset beyond the total", "offset:int", `{"offset":9}`, `{"l":[1],"total":2}`, ``, listPage{}},
		{"offset with more", "skip:int", `{"skip":2}`, `{"l":[1],"has_more":true}`, `{"skip":3}`, listPage{}},
		// Items.
		{"items in an object", page, `{}`, `{"data":{"l":[1]}}`, `?{"page":2}`, listPage{}},
		{"two lists", page, `{}`, `{"l":[1],"m":[2]}`, ``, listPage{}},
		{"two lists in an object", page, `{}`, `{"data":{"l":[1],"m":[2]}}`, ``, listPage{}},
		{"two lists in two objects", page, `{}`, `{"a":{"l":[1]},"b":{"l":[1]}}`, ``, listPage{}},
		{"a list, and one in an object", page, `{}`, `{"a":{"m":[]},"l":[1]}`, `?{"page":2}`, listPage{}},
		{"the list of the document", page, `{}`, `{"l":[1],"m":[2]}`, `?{"page":2}`, listPage{Hint: openapi.Paging{Items: "/m"}}},
		{"an empty list of the document", page, `{}`, `{"l":[1],"m":[]}`, ``, listPage{Hint: openapi.Paging{Items: "/m"}}},
		{"no list of the document", page, `{}`, `{"l":[1],"m":2}`, `?{"page":2}`, listPage{Hint: openapi.Paging{Items: "/m"}}},
		// Cursors and what they are called.
		{"cursor", "cursor", `{"q":1}`, `{"next_cursor":"c"}`, `{"q":1,"cursor":"c"}`, listPage{}},
		{"the longest cursor", "cursor", `{}`, `{"next_cursor":"` + long + `"}`, `{"cursor":"` + long + `"}`, listPage{}},
		{"too long a cursor", "cursor", `{}`, `{"next_cursor":"` + long + `c"}`, ``, listPage{}},
		{"a cursor of digits", "cursor", `{}`, `{"next_cursor":"5"}`, `{"cursor":"5"}`, listPage{}},
		{"a number as a cursor", "cursor", `{}`, `{"next_cursor":5}`, `{"cursor":"5"}`, listPage{}},
		{"digits for an integer", "cursor:int", `{}`, `{"next_cursor":"0"}`, `{"cursor":0}`, listPage{}},
		{"other digits for an integer", "cursor:int", `{}`, `{"next_cursor":"9"}`, `{"cursor":9}`, listPage{}},
		{"a negative number for an integer", "cursor:int", `{}`, `{"next_cursor":"-1"}`, `{"cursor":-1}`, listPage{}},
		{"JSON for an integer", "cursor:int", `{}`, `{"next_cursor":"true"}`, `{"cursor":"true"}`, listPage{}},
		{"no number for an integer", "cursor:int", `{}`, `{"next_cursor":"1x"}`, `{"cursor":"1x"}`, listPage{}},
		{"an object as a cursor", "cursor", `{}`, `{"next_cursor":{"a":1}}`, ``, listPage{}},
		{"this page", "cursor", `{"cursor":"c"}`, `{"cursor":"c"}`, ``, listPage{}},
		{"an empty cursor", "cursor " + page, `{}`, `{"l":[1],"next_cursor":""}`, ``, listPage{}},
		{"no cursor", "cursor " + page, `{}`, `{"l":[1],"next_cursor":null}`, ``, listPage{}},
		{"false", "cursor " + page, `{}`, `{"l":[1],"next":false}`, ``, listPage{}},
		{"true", page, `{}`, `{"l":[1],"next":true}`, `?{"page":2}`, listPage{}},
		{"a cursor that nothing takes", page, `{}`, `{"l":[1],"next_cursor":"c","has_more":false}`, `?{"page":2}`, listPage{}},
		{"two cursors", "cursor marker", `{}`, `{"next":"c"}`, ``, listPage{}},
		{"of the same name", "continue cursor", `{}`, `{"continue":"c"}`, `{"continue":"c"}`, listPage{}},
		{"of the name without next", "pageToken cursor", `{}`, `{"nextPageToken":"c"}`, `{"pageToken":"c"}`, listPage{}},
		{"of the name without end", "cursor marker", `{}`, `{"endCursor":"c"}`, `{"cursor":"c"}`, listPage{}},
		{"of the name, backward", "before after", `{}`, `{"next":"c"}`, `{"after":"c"}`, listPage{}},
		{"a number of a page", page + " cursor", `{}`, `{"next":3}`, `{"page":3}`, listPage{}},
		{"a number of items", "offset:int cursor", `{}`, `{"next":30}`, `{"offset":30}`, listPage{}},
		{"a text with pages", page + " cursor", `{}`, `{"next":"3"}`, `{"cursor":"3"}`, listPage{}},
		{"after the last", "after", `{}`, `{"l":[{"id":"a"}],"has_more":true}`, `{"after":"a"}`, listPage{}},
		{"after the last of many", "starting_after", `{}`, `{"l":` + two + `,"has_more":true}`, `{"starting_after":"b"}`, listPage{}},
		{"after nothing", "after", `{}`, `{"l":[],"has_more":true}`, ``, listPage{}},
		{"after numbers", "after", `{}`, `{"l":[1],"has_more":true}`, ``, listPage{}},
		{"after items without an identifier", "after", `{}`, `{"l":[{}],"has_more":true}`, ``, listPage{}},
		{"a cursor is not after", "cursor", `{}`, `{"l":[{"id":"a"}],"has_more":true}`, ``, listPage{}},
		{"after, without more", "after", `{}`, two, ``, listPage{}},
		// Where it is in the response.
		{"in an object of paging", "cursor", `{}`, `{"meta":{"next_cursor":"c"}}`, `{"cursor":"c"}`, listPage{}},
		{"two objects deep", "cursor", `{}`, `{"meta":{"paging":{"next_cursor":"c"}}}`, `{"cursor":"c"}`, listPage{}},
		{"three objects deep", "cursor", `{}`, `{"meta":{"paging":{"cursors":{"next_cursor":"c"}}}}`, ``, listPage{}},
		{"in another object", "cursor", `{}`, `{"data":{"next_cursor":"c"}}`, ``, listPage{}},
		{"beside the link of the object itself", "cursor", `{}`, `{"paging":{"href":"/this","next_cursor":"c"}}`, `{"cursor":"c"}`, listPage{}},
		{"a link to elsewhere, and more", page, `{}`, `{"l":[1],"next":{"href":"/elsewhere"},"has_more":true}`, `{"page":2}`, listPage{}},
		{"a link", "cursor", `{}`, `{"links":{"next":{"href":"u:/2"}}}`, `{"url":"u:/2"}`, listPage{}},
		{"a link in a text", "cursor", `{}`, `{"next":"u:?2"}`, `{"url":"u:?2"}`, listPage{}},
		{"a cursor is no link", "cursor", `{}`, `{"next":"u:2"}`, `{"cursor":"u:2"}`, listPage{}},
		{"where the document says", "a cursor", `{}`, `{"x/y":{"k~":[0,{"a":"c"}]}}`, `{"a":"c"}`, listPage{Hint: openapi.Paging{Next: "/x~1y/k~0/1/a"}}},
		{"by the name at its end", "pos cursor", `{}`, `{"s":{"pos":"c"}}`, `{"pos":"c"}`, listPage{Hint: openapi.Paging{Next: "/s/pos"}}},
		{"beyond a list", "cursor", `{}`, `{"l":["c"]}`, ``, listPage{Hint: openapi.Paging{Next: "/l/1"}}},
		{"before a list", "cursor", `{}`, `{"l":["c"]}`, ``, listPage{Hint: openapi.Paging{Next: "/l/-1"}}},
		{"no index of a list", "cursor", `{}`, `{"l":["c"]}`, ``, listPage{Hint: openapi.Paging{Next: "/l/x"}}},
		{"in a list", "cursor", `{}`, `{"l":["c"]}`, `{"cursor":"c"}`, listPage{Hint: openapi.Paging{Next: "/l/0"}}},
		{"in a text", "cursor", `{}`, `{"l":"c"}`, ``, listPage{Hint: openapi.Paging{Next: "/l/0"}}},
		{"no pointer", "cursor", `{}`, `{"l":"c"}`, ``, listPage{Hint: openapi.Paging{Next: "l"}}},
		// Link headers.
		{"a header", page, `{}`, two, `{"url":"u:/2"}`, listPage{NextLink: "u:/2", HasLinks: true}},
		{"a header to elsewhere", page, `{}`, two, `?{"page":2}`, listPage{NextLink: "/elsewhere", HasLinks: true}},
		{"a header on the last page", page, `{}`, two, ``, listPage{HasLinks: true}},
		{"no JSON", page, `{}`, ``, ``, listPage{}},
	} {
		p := tt.p
		p.Parameters = parse(tt.parameters)
		p.Arguments = decodedJSON(t, tt.args).(*orderedjson.Object)
		if tt.body != "" {
			p.Body = decodedJSON(t, tt.body)
		}
		p.FromURL = func(s string) (*orderedjson.Object, bool) {
			o := orderedjson.New()
			o.Set("url", s)
			return o, strings.HasPrefix(s, "u:")
		}
		next, isSure, ok := p.Next()
		got := ""
		if ok {
			got = string(orderedjson.Encode(next))
			if !isSure {
				got = "?" + got
			}
		} else if isSure {
			t.Errorf("%s: there is surely a page, and there is none", tt.name)
		}
		if got != tt.want {
			t.Errorf("%s: %.200s, want %.200s", tt.name, got, tt.want)
		}
		if left := string(orderedjson.Encode(p.Arguments)); left != tt.args {
			t.Errorf("%s: the arguments of the call became %s", tt.name, left)
		}
	}
}
