package infer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

func TestPaging(t *testing.T) {
	list := func(path, query, link, answer string) (out []flow.Flow) {
		for i := range 6 {
			f := call("GET", path, 200, "", "", "application/json", answer)
			f.Request.RawQuery = fmt.Sprintf(query, i)
			if link != "" {
				f.Response.Header = append(f.Response.Header, flow.Field{Name: "link", Value: link})
			}
			out = append(out, f)
		}
		return out
	}
	for _, tt := range []struct {
		name, query, link, answer string
		want                      *infer.Paging
	}{
		{"pages, Link", "page=%d&per_page=2", `<https://api.example.com/a?page=2>; rel="next", <https://x>; rel=last`, `[{"id":1}]`, &infer.Paging{Style: "page", Param: "page", Size: "per_page", Next: "header Link"}},
		{"cursor", "cursor=c%dc&limit=3", "", `{"items":[{"id":1}],"next_cursor":"x"}`, &infer.Paging{Style: "cursor", Param: "cursor", Size: "limit", Next: "/next_cursor", Items: "/items"}},
		{"cursor in an object", "page_token=t%d", "", `{"data":[{"id":1}],"paging":{"cursors":{"end_cursor":"x"},"total":5}}`, &infer.Paging{Style: "cursor", Param: "page_token", Next: "/paging/cursors/end_cursor", Items: "/data"}},
		{"cursors forward and backward", "after=a%d&before=b", "", `{"data":[]}`, &infer.Paging{Style: "cursor", Param: "after", Items: "/data"}},
		{"URL that holds the cursor", "after=%d", "", `{"data":[{"id":1}],"links":{"next":"https://api.example.com/a?after=9"}}`, &infer.Paging{Style: "cursor", Param: "after", Next: "/links/next", Items: "/data"}},
		{"offset", "offset=%d&limit=5", "", `{"a":[1],"b":[2],"total":9}`, &infer.Paging{Style: "offset", Param: "offset", Size: "limit"}},
		{"URL in the response", "q=x%d", "", `{"value":[{"id":1}],"@odata.nextLink":"https://api.example.com/a?x=1"}`, &infer.Paging{Style: "link", Next: "/@odata.nextLink", Items: "/value"}},
		{"a cursor that no request used", "limit=%d", "", `{"items":[{"id":1}],"metadata":{"continue":"eyJ2Ijox","remaining":4}}`, &infer.Paging{Style: "cursor", Size: "limit", Next: "/metadata/continue", Items: "/items"}},
		{"a cursor before pages", "cursor=c%dc&page=1", "", `{"items":[{"id":1}]}`, &infer.Paging{Style: "cursor", Param: "cursor", Items: "/items"}},
		{"a cursor after an offset", "offset=%d&page_token=t%[1]d", "", `{"items":[{"id":1}]}`, &infer.Paging{Style: "cursor", Param: "page_token", Items: "/items"}},
		{"pages after an offset", "offset=%d&page=1", "", `{"items":[{"id":1}]}`, &infer.Paging{Style: "offset", Param: "offset", Items: "/items"}},
		{"a date is not a cursor", "before=2024-01-1%d", "", `{"items":[{"id":1}]}`, nil},
		{"none", "q=x%d", "", `{"items":[{"id":1}]}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fs := list("/a", tt.query, tt.link, tt.answer)
			d := soundBoth(t, fs)
			op := operation(t, d, "GET", "/a")
			if fmt.Sprint(op.Paging) != fmt.Sprint(tt.want) {
				t.Errorf("got %+v, want %+v", op.Paging, tt.want)
			}
			for _, q := range op.Params {
				isPaging := tt.want != nil && (q.Name == tt.want.Param || q.Name == tt.want.Size)
				if isPaging && (q.Required || q.Description == "") {
					t.Errorf("%+v", q)
				}
			}
			isLinked := false
			for _, l := range op.Responses[0].Links {
				isLinked = isLinked || l.Name == "NextPage" && l.Operation == op.ID
			}
			hasURL := strings.Contains(tt.answer, "https://")
			if isLinked != (!hasURL && tt.want != nil && tt.want.Style == "cursor" && tt.want.Param != "" && tt.want.Next != "") {
				t.Errorf("got the links %+v", op.Responses[0].Links)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	var fs []flow.Flow
	for i := range 6 {
		f := call("POST", "/jobs", 202, "application/json", `{"a":1}`, "application/json", `{"id":1}`)
		link := `<https://api.example.com/x>; rel="next last", <https://api.example.com/y>; title="rel"; rel=prev`
		key := fmt.Sprintf("8f1d6c4e-0000-4000-8000-00000000000%d", i)
		f.Request.Header = append(f.Request.Header, flow.Header{{Name: "idempotency-key", Value: key},
			{Name: "x-api-version", Value: "2024-06-01"}, {Name: "x-request-id", Value: "r"},
			{Name: "if-match", Value: `"a"`}}...)
		f.Response.Header = append(f.Response.Header, flow.Header{{Name: "location", Value: "/jobs/1"},
			{Name: "retry-after", Value: "5"}, {Name: "etag", Value: `"a"`},
			{Name: "x-ratelimit-remaining", Value: fmt.Sprint(5000 - i)},
			{Name: "x-ratelimit-reset", Value: fmt.Sprint(1700000000 + i)},
			{Name: "link", Value: link}, {Name: "server", Value: "s"}}...)
		fs = append(fs, f)
	}
	d := soundBoth(t, fs)
	op := operation(t, d, "POST", "/jobs")
	var got []string
	for _, q := range op.Params {
		got = append(got, q.Name+" "+q.Schema.Format)
		if q.Description == "" {
			t.Errorf("%s has no description", q.Name)
		}
	}
	if fmt.Sprint(got) != "[Idempotency-Key uuid If-Match  X-API-Version ]" {
		t.Errorf("request headers: %q", got)
	}
	want := map[string]schema.Kind{"ETag": schema.String, "Link": schema.String, "Location": schema.String,
		"Retry-After": schema.Integer, "X-RateLimit-Remaining": schema.Integer, "X-RateLimit-Reset": schema.Integer}
	descriptions := map[string]string{"Link": "Links (RFC 8288): last, next, prev.",
		"X-RateLimit-Reset": "End of the window. Unix time in seconds."}
	for _, h := range op.Responses[0].Headers {
		if want[h.Name] != h.Schema.Kind || h.Description == "" || h.Required {
			t.Errorf("%+v %+v", h, h.Schema)
		}
		if text, ok := descriptions[h.Name]; ok && h.Description != text {
			t.Errorf("%s: %s", h.Name, h.Description)
		}
		delete(want, h.Name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

// TestListsOfOneShape holds that what half of the lists of one shape take together belongs to all.
func TestListsOfOneShape(t *testing.T) {
	var fs []flow.Flow
	for i, name := range []string{"admins", "users", "groups", "folders", "hooks", "rules", "roles"} {
		for n := range 2 {
			query := ""
			if i < 4 {
				query = fmt.Sprintf("limit=%d&offset=%d&order=%s", 10+n, n, []string{"ASC", "DESC"}[n])
			}
			fs = append(fs, get("/"+name, query, fmt.Sprintf(`[{"id":%d,"%s_a":"x","%s_b":1}]`, n, name, name)))
		}
	}
	for _, op := range modelOf(fs).Document(infer.Options{}).Operations {
		if len(op.Params) != 3 {
			t.Errorf("%s has parameters %+v", op.Path, op.Params)
		}
	}
}
