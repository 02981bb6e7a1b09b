package postman

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestRequests reads requests as the application sends them.
func TestRequests(t *testing.T) {
	const variables = `"variable":[{"key":"v","value":"1 2"},{"id":"w","value":true},{"key":"off","value":"x","disabled":true},{"key":"none"},` +
		`{"key":"in","value":"<{{v}}>"}]`
	for _, tt := range []struct{ name, request, want string }{
		{"a URL alone", `"https://a.example/b?c={{w}}"`, "GET https://a.example/b?c=true"},
		{"no method", `{"url":"https://a.example/b"}`, "GET https://a.example/b"},
		{"a method in lower case", `{"method":"patch","url":"https://a.example/b"}`, "PATCH https://a.example/b"},
		{"no method by its characters", `{"method":"a b","url":"https://a.example/b"}`, `entry 1: "x", example "y": method: not a method`},
		{"blanks in a name", `"https://a.example/{{ w }}"`, "GET https://a.example/true"},
		{"no scheme", `" a.example/b"`, "url: "},
		{"a variable that is off", `"https://a.example/{{off}}"`, `url: the variable "off" has no value in the collection`},
		{"a variable without a value", `"https://a.example/{{none}}"`, `url: the variable "none" has no value`},
		{"path variables", `{"url":{"raw":"https://a.example/:a/x:b/:c.json","variable":[{"key":"a","value":"{{w}}/2"},{"key":"c.json","value":"3"}]}}`,
			"GET https://a.example/true%2F2/x:b/3"},
		{"an empty path variable", `{"url":{"raw":"https://a.example/:a","variable":[{"key":"a","value":""}]}}`, `url: the path variable "a" has no value`},
		{"headers", `{"url":"https://a.example/b","header":[{"key":"A","value":"{{in}}"},{"key":"B","value":"{{none}}"},{"key":"b c","value":"x"},{"key":"C","value":"a\nb"},` +
			`{"key":"D"}]}`, "GET https://a.example/b A: <1 2>, B: {{none}}, D: "},
		{"headers in one text", `{"url":"https://a.example/b","header":"A: 1:2 \nno name\r\nB:{{w}}\n"}`, "GET https://a.example/b A: 1:2, B: true"},
		{"a text", `{"url":"https://a.example/b","body":{"mode":"raw","raw":"{{v}}"}}`, "GET https://a.example/b | 1 2"},
		{"JSON", `{"url":"https://a.example/b","body":{"mode":"raw","raw":"{}","options":{"raw":{"language":"json"}}}}`, "GET https://a.example/b Content-Type: application/json | {}"},
		{"JSON without all values", `{"url":"https://a.example/b","body":{"mode":"raw","raw":"{\"a\":{{none}},\"b\":\"{{none}} {{w}}\",\"c\":{{w}},\"{\":[{{ off }}]}","options":{"raw":{"language":"json"}}}}`,
			`GET https://a.example/b Content-Type: application/json | {"a":"{{none}}","b":"{{none}} true","c":true,"{":["{{ off }}"]}`},
		{"XML", `{"url":"https://a.example/b","body":{"mode":"raw","raw":"<a/>","options":{"raw":{"language":"xml"}}}}`, "GET https://a.example/b Content-Type: application/xml | <a/>"},
		{"a type of its own", `{"url":"https://a.example/b","header":[{"key":"content-type","value":"text/x"}],"body":{"mode":"raw","raw":"{}","options":{"raw":{"language":"json"}}}}`,
			"GET https://a.example/b content-type: text/x | {}"},
		{"an empty body", `{"url":"https://a.example/b","body":{"mode":"raw","raw":"","options":{"raw":{"language":"json"}}}}`, "GET https://a.example/b"},
		{"a body that is off", `{"url":"https://a.example/b","body":{"disabled":true,"mode":"raw","raw":"x"}}`, "GET https://a.example/b"},
		{"a mode that is unknown", `{"url":"https://a.example/b","body":{"mode":"file","raw":"x"}}`, "GET https://a.example/b"},
		{"a form", `{"url":"https://a.example/b","body":{"mode":"urlencoded","urlencoded":[{"key":"a","value":"{{v}}"},{"key":"b"},{"key":"c","value":"x","disabled":true}]}}`,
			"GET https://a.example/b Content-Type: application/x-www-form-urlencoded | a=1+2&b="},
		{"an empty form", `{"url":"https://a.example/b","body":{"mode":"formdata","formdata":[]}}`, "GET https://a.example/b"},
		{"a form with a file", `{"url":"https://a.example/b","body":{"mode":"formdata","formdata":[{"key":"a","value":"{{v}}"},{"key":"f","type":"file"},{"key":"c","disabled":true}]}}`,
			"GET https://a.example/b Content-Type: multipart/form-data; boundary=spectap-form-boundary | --spectap-form-boundary\r\nContent-Disposition: form-data; " +
				"name=\"a\"\r\n\r\n1 2\r\n--spectap-form-boundary\r\nContent-Disposition: form-data; name=\"f\"; filename=\"file\"\r\n\r\n\r\n--spectap-form-boundary--\r\n"},
		{"GraphQL", `{"url":"https://a.example/b","body":{"mode":"graphql","graphql":{"query":"query { me { id } }","variables":""}}}`,
			`GET https://a.example/b Content-Type: application/json | {"query":"query { me { id } }","variables":{}}`},
		{"variables of GraphQL", `{"url":"https://a.example/b","body":{"mode":"graphql","graphql":{"query":"{ a(n: {{w}}) }","variables":"{\"b\": {{w}}, \"c\": \"{{none}}\"}"}}}`,
			`GET https://a.example/b Content-Type: application/json | {"query":"{ a(n: true) }","variables":{"b":true,"c":"{{none}}"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			flows, errs, _ := readAll(`{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.0.0/collection.json"},` + variables +
				`,"item":[{"name":"x","request":` + tt.request + `,"response":[{"name":"y","code":200}]}]}`)
			if len(errs) > 0 {
				if !strings.Contains(errs[0].Error(), tt.want) {
					t.Errorf("got %v, want %s", errs, tt.want)
				}
				return
			}
			q := flows[0].Request
			got := q.Method + " " + q.URL()
			for i, h := range q.Header {
				got += map[bool]string{true: " ", false: ", "}[i == 0] + h.Name + ": " + h.Value
			}
			if q.Body.Size > 0 {
				got += " | " + string(q.Body.Data)
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestExamples reads answers, and requests of items and folders without some of their parts.
func TestExamples(t *testing.T) {
	one := func(items string) string {
		return `{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"variable":[{"key":"a","value":"outer"},{"key":"b","value":"outer"}],"item":[` + items + `]}`
	}
	const request = `"request":"https://a.example/{{a}}/{{b}}"`
	for _, tt := range []struct{ name, items, want string }{
		{"the smallest status", `{` + request + `,"response":[{"code":100}]}`, "/outer/outer 100 []"},
		{"the largest status", `{` + request + `,"response":[{"code":999}]}`, "/outer/outer 999 []"},
		{"a status that is too small", `{` + request + `,"response":[{"code":99}]}`, `entry 1: "", example "": code: 99 is not a status`},
		{"a status that is too large", `{` + request + `,"response":[{"code":1000}]}`, `entry 1: "", example "": code: 1000 is not a status`},
		{"no request", `{"name":"n","response":[{"name":"e","code":200}]}`, `entry 1: "n", example "e": request: missing`},
		{"a request of an example", `{"response":[{"code":200,"originalRequest":"https://a.example/x"}]}`, "/x 200 []"},
		{"values of a folder", `{"variable":[{"key":"a","value":"folder"}],"item":[{"variable":[{"key":"b","value":"item"}],` + request + `,"response":[{"code":200}]}]},{` + request + `,"response":[{"code":200}]}`,
			"/folder/item 200 [], /outer/outer 200 []"},
		{"an answer that was encoded", `{` + request + `,"response":[{"code":200,"header":[{"key":"Content-Length","value":"9"},{"key":"Transfer-Encoding","value":"chunked"},{"key":"X","value":"{{a}}"}],"body":"{}"}]}`,
			"/outer/outer 200 [{X {{a}}}] {}"},
		{"an answer without a body", `{` + request + `,"response":[{"code":200,"header":[{"key":"Content-Length","value":"9"}],"body":""}]}`, "/outer/outer 200 [{Content-Length 9}]"},
		{"a bad one before another", `{` + request + `,"response":[{"code":0},{"code":201}]}`, `entry 1: "", example "": code: 0 is not a status, /outer/outer 201 []`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for f, err := range Read(strings.NewReader(one(tt.items)), Config{}).Flows() {
				if err != nil {
					got = append(got, err.Error())
					continue
				}
				if f.ID == (flow.ID{}) || !f.Done {
					t.Errorf("the flow has no ID, or is not done: %+v", f)
				}
				got = append(got, strings.TrimSpace(fmt.Sprintf("%s %d %v %s", f.Request.Path, f.Response.Status, f.Response.Header, f.Response.Body.Data)))
			}
			if text := strings.Join(got, ", "); text != tt.want {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
		})
	}
}
