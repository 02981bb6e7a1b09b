package nextpage

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// parse reads parameters such as "page:int=1 body.cursor": an integer with a default, and a text in
// an object.
func parse(text string) (list []Parameter) {
	for word := range strings.FieldsSeq(text) {
		word, value, _ := strings.Cut(word, "=")
		path, kind, _ := strings.Cut(word, ":")
		q := Parameter{Argument: strings.Split(path, "."), Integer: kind != "", FromZero: kind == "from0"}
		if q.Name = q.Argument[len(q.Argument)-1]; value != "" {
			q.Default = json.Number(value)
		}
		list = append(list, q)
	}
	return list
}

func decode(t *testing.T, text string) any {
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
		p                      Page // the rest
	}{
		// Numbers of pages.
		{"first", page, `{}`, two, `?{"page":2}`, Page{}},
		{"with an argument", page, `{"page":4}`, two, `?{"page":5}`, Page{}},
		{"with a default", "page:int=3", `{}`, two, `?{"page":4}`, Page{}},
		{"not an integer", "page", `{}`, two, ``, Page{}},
		{"page 0", page, `{"page":0}`, two, `?{"page":1}`, Page{}},
		{"a negative page", page, `{"page":-1}`, two, `?{"page":2}`, Page{}},
		{"a huge page", page, `{"page":1099511627776}`, two, `?{"page":1099511627777}`, Page{}},
		{"too huge a page", page, `{"page":1099511627777}`, two, `?{"page":2}`, Page{}},
		{"a number of the response", page, `{}`, `{"l":[1],"current_page":3}`, `?{"page":4}`, Page{}},
		{"another number of the response", page, `{}`, `{"l":[1],"page":"6"}`, `?{"page":7}`, Page{}},
		{"no more", page, `{}`, `{"l":[1],"has_more":false}`, ``, Page{}},
		{"more", page, `{}`, `{"l":[1],"has_more":true}`, `{"page":2}`, Page{}},
		{"more, twice", page, `{}`, `{"l":[1],"has_more":true,"more":false}`, ``, Page{}},
		{"one item of one", page, `{}`, `{"l":[1],"total":1}`, ``, Page{}},
		{"two items of two", page, `{}`, `{"l":[1,2],"total":2}`, ``, Page{}},
		{"two items of three", page, `{}`, `{"l":[1,2],"total":3}`, `?{"page":2}`, Page{}},
		{"the size of the response", page, `{}`, `{"l":[1,2],"total":3,"size":2,"page_size":2}`, `{"page":2}`, Page{}},
		{"the last by the total", page, `{"page":2}`, `{"l":[1,2],"total":4,"page_size":2}`, ``, Page{}},
		{"one page", page, `{}`, `{"l":[1],"total_pages":1}`, ``, Page{}},
		{"two pages", page, `{}`, `{"l":[1],"total_pages":2}`, `{"page":2}`, Page{}},
		{"two pages from 0", "page:from0", `{"page":1}`, `{"l":[1],"total_pages":2}`, ``, Page{}},
		{"three pages from 0", "page:from0", `{"page":1}`, `{"l":[1],"total_pages":3}`, `{"page":2}`, Page{}},
		{"from 0 without a number", "page:from0", `{}`, two, `?{"page":1}`, Page{}},
		{"a short page", page + " limit:int=3", `{}`, two, ``, Page{}},
		{"a full page", page + " limit:int=2", `{}`, two, `?{"page":2}`, Page{}},
		{"a short page with more", page + " limit:int=3", `{}`, `{"l":` + two + `,"has_more":true}`, `{"page":2}`, Page{}},
		{"pages of one", page + " limit:int", `{"limit":1}`, `{"l":[1],"total":3}`, `{"limit":1,"page":2}`, Page{}},
		{"a size of 0", page + " limit:int", `{"limit":0}`, `{"l":[1,2],"page_size":5}`, ``, Page{}},
		{"two sizes", page + " limit:int=3 count:int=3", `{}`, two, `?{"page":2}`, Page{}},
		{"the size of the document", page + " limit:int=2 count:int=3", `{}`, two, ``, Page{Hint: Hint{Size: "count"}}},
		{"a count of the items", page, `{}`, `{"l":[1,2],"count":5}`, `?{"page":2}`, Page{}},
		{"a short page of the response", page, `{}`, `{"l":[1,2],"page_size":5}`, ``, Page{}},
		{"a wrong size", page, `{}`, `{"l":[1,2],"page_size":"many"}`, `?{"page":2}`, Page{}},
		{"no items", page, `{}`, `{"l":[]}`, ``, Page{}},
		{"two parameters", "page:int p:int", `{}`, two, ``, Page{}},
		{"the parameter of the document", "page:int p:int", `{}`, two, `?{"p":2}`, Page{Hint: Hint{Parameter: "p"}}},
		{"an unknown parameter of the document", "q:int page:int", `{}`, two, `?{"page":2}`, Page{Hint: Hint{Parameter: "nope"}}},
		{"a parameter in an object", "body.page:int", `{"body":{"page":2,"q":1}}`, two, `?{"body":{"page":3,"q":1}}`, Page{}},
		{"a new object", "body.page:int", `{}`, two, `?{"body":{"page":2}}`, Page{}},
		{"an object that is none", "body.page:int", `{"body":1}`, two, `?{"body":{"page":2}}`, Page{}},
		// Offsets.
		{"offset", "offset:int", `{}`, two, `?{"offset":2}`, Page{}},
		{"offset of a total", "offset:int", `{}`, `{"l":[1],"total":2}`, `{"offset":1}`, Page{}},
		{"offset at the total", "offset:int", `{}`, `{"l":[1],"total":1}`, ``, Page{}},
		{"offset beyond the total", "offset:int", `{"offset":9}`, `{"l":[1],"total":2}`, ``, Page{}},
		{"offset with more", "skip:int", `{"skip":2}`, `{"l":[1],"has_more":true}`, `{"skip":3}`, Page{}},
		// Items.
		{"items in an object", page, `{}`, `{"data":{"l":[1]}}`, `?{"page":2}`, Page{}},
		{"two lists", page, `{}`, `{"l":[1],"m":[2]}`, ``, Page{}},
		{"two lists in an object", page, `{}`, `{"data":{"l":[1],"m":[2]}}`, ``, Page{}},
		{"two lists in two objects", page, `{}`, `{"a":{"l":[1]},"b":{"l":[1]}}`, ``, Page{}},
		{"a list, and one in an object", page, `{}`, `{"a":{"m":[]},"l":[1]}`, `?{"page":2}`, Page{}},
		{"the list of the document", page, `{}`, `{"l":[1],"m":[2]}`, `?{"page":2}`, Page{Hint: Hint{Items: "/m"}}},
		{"an empty list of the document", page, `{}`, `{"l":[1],"m":[]}`, ``, Page{Hint: Hint{Items: "/m"}}},
		{"no list of the document", page, `{}`, `{"l":[1],"m":2}`, `?{"page":2}`, Page{Hint: Hint{Items: "/m"}}},
		// Cursors and what they are called.
		{"cursor", "cursor", `{"q":1}`, `{"next_cursor":"c"}`, `{"q":1,"cursor":"c"}`, Page{}},
		{"the longest cursor", "cursor", `{}`, `{"next_cursor":"` + long + `"}`, `{"cursor":"` + long + `"}`, Page{}},
		{"too long a cursor", "cursor", `{}`, `{"next_cursor":"` + long + `c"}`, ``, Page{}},
		{"a cursor of digits", "cursor", `{}`, `{"next_cursor":"5"}`, `{"cursor":"5"}`, Page{}},
		{"a number as a cursor", "cursor", `{}`, `{"next_cursor":5}`, `{"cursor":"5"}`, Page{}},
		{"digits for an integer", "cursor:int", `{}`, `{"next_cursor":"0"}`, `{"cursor":0}`, Page{}},
		{"other digits for an integer", "cursor:int", `{}`, `{"next_cursor":"9"}`, `{"cursor":9}`, Page{}},
		{"a negative number for an integer", "cursor:int", `{}`, `{"next_cursor":"-1"}`, `{"cursor":-1}`, Page{}},
		{"JSON for an integer", "cursor:int", `{}`, `{"next_cursor":"true"}`, `{"cursor":"true"}`, Page{}},
		{"no number for an integer", "cursor:int", `{}`, `{"next_cursor":"1x"}`, `{"cursor":"1x"}`, Page{}},
		{"an object as a cursor", "cursor", `{}`, `{"next_cursor":{"a":1}}`, ``, Page{}},
		{"this page", "cursor", `{"cursor":"c"}`, `{"cursor":"c"}`, ``, Page{}},
		{"an empty cursor", "cursor " + page, `{}`, `{"l":[1],"next_cursor":""}`, ``, Page{}},
		{"no cursor", "cursor " + page, `{}`, `{"l":[1],"next_cursor":null}`, ``, Page{}},
		{"false", "cursor " + page, `{}`, `{"l":[1],"next":false}`, ``, Page{}},
		{"true", page, `{}`, `{"l":[1],"next":true}`, `?{"page":2}`, Page{}},
		{"a cursor that nothing takes", page, `{}`, `{"l":[1],"next_cursor":"c","has_more":false}`, `?{"page":2}`, Page{}},
		{"two cursors", "cursor marker", `{}`, `{"next":"c"}`, ``, Page{}},
		{"of the same name", "continue cursor", `{}`, `{"continue":"c"}`, `{"continue":"c"}`, Page{}},
		{"of the name without next", "pageToken cursor", `{}`, `{"nextPageToken":"c"}`, `{"pageToken":"c"}`, Page{}},
		{"of the name without end", "cursor marker", `{}`, `{"endCursor":"c"}`, `{"cursor":"c"}`, Page{}},
		{"of the name, backward", "before after", `{}`, `{"next":"c"}`, `{"after":"c"}`, Page{}},
		{"a number of a page", page + " cursor", `{}`, `{"next":3}`, `{"page":3}`, Page{}},
		{"a number of items", "offset:int cursor", `{}`, `{"next":30}`, `{"offset":30}`, Page{}},
		{"a text with pages", page + " cursor", `{}`, `{"next":"3"}`, `{"cursor":"3"}`, Page{}},
		{"after the last", "after", `{}`, `{"l":[{"id":"a"}],"has_more":true}`, `{"after":"a"}`, Page{}},
		{"after the last of many", "starting_after", `{}`, `{"l":` + two + `,"has_more":true}`, `{"starting_after":"b"}`, Page{}},
		{"after nothing", "after", `{}`, `{"l":[],"has_more":true}`, ``, Page{}},
		{"after numbers", "after", `{}`, `{"l":[1],"has_more":true}`, ``, Page{}},
		{"after items without an identifier", "after", `{}`, `{"l":[{}],"has_more":true}`, ``, Page{}},
		{"a cursor is not after", "cursor", `{}`, `{"l":[{"id":"a"}],"has_more":true}`, ``, Page{}},
		{"after, without more", "after", `{}`, two, ``, Page{}},
		// Where it is in the response.
		{"in an object of paging", "cursor", `{}`, `{"meta":{"next_cursor":"c"}}`, `{"cursor":"c"}`, Page{}},
		{"two objects deep", "cursor", `{}`, `{"meta":{"paging":{"next_cursor":"c"}}}`, `{"cursor":"c"}`, Page{}},
		{"three objects deep", "cursor", `{}`, `{"meta":{"paging":{"cursors":{"next_cursor":"c"}}}}`, ``, Page{}},
		{"in another object", "cursor", `{}`, `{"data":{"next_cursor":"c"}}`, ``, Page{}},
		{"beside the link of the object itself", "cursor", `{}`, `{"paging":{"href":"/this","next_cursor":"c"}}`, `{"cursor":"c"}`, Page{}},
		{"a link to elsewhere, and more", page, `{}`, `{"l":[1],"next":{"href":"/elsewhere"},"has_more":true}`, `{"page":2}`, Page{}},
		{"a link", "cursor", `{}`, `{"links":{"next":{"href":"u:/2"}}}`, `{"url":"u:/2"}`, Page{}},
		{"a link in a text", "cursor", `{}`, `{"next":"u:?2"}`, `{"url":"u:?2"}`, Page{}},
		{"a cursor is no link", "cursor", `{}`, `{"next":"u:2"}`, `{"cursor":"u:2"}`, Page{}},
		{"where the document says", "a cursor", `{}`, `{"x/y":{"k~":[0,{"a":"c"}]}}`, `{"a":"c"}`, Page{Hint: Hint{Next: "/x~1y/k~0/1/a"}}},
		{"by the name at its end", "pos cursor", `{}`, `{"s":{"pos":"c"}}`, `{"pos":"c"}`, Page{Hint: Hint{Next: "/s/pos"}}},
		{"beyond a list", "cursor", `{}`, `{"l":["c"]}`, ``, Page{Hint: Hint{Next: "/l/1"}}},
		{"before a list", "cursor", `{}`, `{"l":["c"]}`, ``, Page{Hint: Hint{Next: "/l/-1"}}},
		{"no index of a list", "cursor", `{}`, `{"l":["c"]}`, ``, Page{Hint: Hint{Next: "/l/x"}}},
		{"in a list", "cursor", `{}`, `{"l":["c"]}`, `{"cursor":"c"}`, Page{Hint: Hint{Next: "/l/0"}}},
		{"in a text", "cursor", `{}`, `{"l":"c"}`, ``, Page{Hint: Hint{Next: "/l/0"}}},
		{"no pointer", "cursor", `{}`, `{"l":"c"}`, ``, Page{Hint: Hint{Next: "l"}}},
		// Links of the document.
		{"a link of the document", "a b", `{}`, `{"x":"c","next":"d"}`, `{"b":"c"}`, Page{Links: []Link{{"a", "/y"}, {"b", "/x"}}}},
		{"a link with a number", "a", `{}`, `{"x":7}`, `{"a":"7"}`, Page{Links: []Link{{"a", "/x"}}}},
		{"a link with the longest cursor", "a", `{}`, `{"x":"` + long + `"}`, `{"a":"` + long + `"}`, Page{Links: []Link{{"a", "/x"}}}},
		{"a link with too long a cursor", "a", `{}`, `{"x":"` + long + `c"}`, ``, Page{Links: []Link{{"a", "/x"}}}},
		{"a link with nothing", "a", `{}`, `{"x":""}`, ``, Page{Links: []Link{{"a", "/x"}}}},
		{"a link with an object", "a", `{}`, `{"x":{}}`, ``, Page{Links: []Link{{"a", "/x"}}}},
		{"a link for no parameter", "a", `{}`, `{"x":"c"}`, ``, Page{Links: []Link{{"nope", "/x"}}}},
		// Link headers.
		{"a header", page, `{}`, two, `{"url":"u:/2"}`, Page{NextLink: "u:/2", HasLinks: true}},
		{"a header to elsewhere", page, `{}`, two, `?{"page":2}`, Page{NextLink: "/elsewhere", HasLinks: true}},
		{"a header on the last page", page, `{}`, two, ``, Page{HasLinks: true}},
		{"no JSON", page, `{}`, ``, ``, Page{}},
	} {
		p := tt.p
		p.Parameters = parse(tt.parameters)
		p.Arguments = decode(t, tt.args).(*orderedjson.Object)
		if tt.body != "" {
			p.Body = decode(t, tt.body)
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
