package infer_test

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// TestProvenKeys holds that a header that may be a key is one, for all operations, if one operation
// refused requests without it. The others are parameters, unless only refused requests had them.
func TestProvenKeys(t *testing.T) {
	with := func(f flow.Flow, headers ...string) flow.Flow {
		for i := 0; i < len(headers); i += 2 {
			f.Request.Header = append(f.Request.Header, flow.Field{Name: headers[i], Value: headers[i+1]})
		}
		return f
	}
	var fs []flow.Flow
	for range 3 {
		fs = append(fs,
			with(call("GET", "/lamps", 200, "", "", "application/json", `{"a":1}`), "X-Shop-Key", "abc", "X-Partition-Key", "p7"),
			with(call("GET", "/chairs", 200, "", "", "application/json", `{"b":1}`), "X-Shop-Key", "abc"),
			call("GET", "/news", 200, "", "", "application/json", `{"c":1}`),
			with(call("GET", "/news", 403, "", "", "application/json", `{"error":"x"}`), "X-Tenant-Key", "no"))
	}
	fs = append(fs, with(call("GET", "/lamps", 401, "", "", "application/json", `{"error":"x"}`), "X-Partition-Key", "p7"))
	d := soundBoth(t, fs)
	if len(d.Security) != 1 || d.Security[0].Key != "X-Shop-Key" || d.Security[0].Type != "apiKey" {
		t.Fatalf("security %+v", d.Security)
	}
	for path, want := range map[string][]string{"/lamps": {"X-Partition-Key"}, "/chairs": nil, "/news": nil} {
		op := operation(t, d, "GET", path)
		var got []string
		for _, p := range op.Params {
			if p.In == infer.InHeader {
				got = append(got, p.Name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has parameters %v, want %v", path, got, want)
		}
		if isGuarded := len(op.Security) == 1 && len(op.Security[0]) == 1; isGuarded != (path != "/news") {
			t.Errorf("%s requires %v", path, op.Security)
		}
	}
}

// TestRefusedAuthorization holds that an Authorization value that was refused wherever it came
// defines no scheme if other credentials passed, and that it does if none passed.
func TestRefusedAuthorization(t *testing.T) {
	with := func(path string, status int, name, value string) flow.Flow {
		f := call("GET", path, status, "", "", "application/json", `{"a":1}`)
		f.Request.Header = append(f.Request.Header, flow.Field{Name: name, Value: value})
		return f
	}
	fs := []flow.Flow{with("/lamps", 401, "Authorization", "Basic bm86bm8="), with("/lamps", 401, "Authorization", "Token wrong")}
	if d := modelOf(fs).Document(infer.Options{}); len(d.Security) != 2 {
		t.Errorf("schemes %+v, want both: nothing else is known", d.Security)
	}
	fs = append(fs, with("/lamps", 200, "Authorization", "Bearer abc"), with("/chairs", 404, "Authorization", "Bearer abc"))
	d := modelOf(fs).Document(infer.Options{})
	if len(d.Security) != 1 || d.Security[0].Scheme != "bearer" {
		t.Errorf("schemes %+v, want bearer alone", d.Security)
	}
	if got := operation(t, d, "GET", "/lamps").Security; len(got) != 1 || !slices.Equal(got[0], []string{"bearerAuth"}) {
		t.Errorf("/lamps requires %v", got)
	}
}

// TestCompanions holds that a query parameter with the name of a credential, which all requests with a
// key have, is one as well; both are required together.
func TestCompanions(t *testing.T) {
	const key = "key=5f0b1c9a7d3e48629b1f"
	for _, tt := range []struct {
		name    string
		queries [2]string
		want    []string // names in queries that are credentials
	}{
		{"key and token", [2]string{key + "&token=abc&page=1", key + "&token=abc"}, []string{"key", "token"}},
		{"a known name", [2]string{"api_key=k&app_id=77", "api_key=k&app_id=77"}, []string{"api_key", "app_id"}},
		{"sometimes", [2]string{key + "&token=abc", key}, []string{"key"}},
		{"another name", [2]string{key + "&format=json", key + "&format=json"}, []string{"key"}},
		{"no known key", [2]string{"token=abc", "token=abd"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var fs []flow.Flow
			for i := range 6 {
				fs = append(fs, get([]string{"/boards", "/cards"}[i%2], tt.queries[i%2], `[{"id":1}]`))
			}
			d := soundBoth(t, fs)
			var got []string
			for _, s := range d.Security {
				got = append(got, s.Key)
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Fatalf("keys %v, want %v", got, tt.want)
			}
			for _, op := range d.Operations {
				if len(tt.want) > 0 && (len(op.Security) != 1 || len(op.Security[0]) != len(tt.want)) {
					t.Errorf("%s requires %v", op.Path, op.Security)
				}
				for _, p := range op.Params {
					if slices.Contains(tt.want, p.Name) {
						t.Errorf("%s is a parameter of %s", p.Name, op.Path)
					}
				}
			}
		})
	}
	// A token elsewhere, without a key, is a parameter.
	fs := []flow.Flow{get("/reset", "token=abc", `{"ok":true}`)}
	for range 4 {
		fs = append(fs, get("/boards", key+"&token=abc", `[{"id":1}]`))
	}
	if d := modelOf(fs).Document(infer.Options{}); len(d.Security) != 1 {
		t.Errorf("schemes %+v, want the key alone", d.Security)
	}
}

// TestCompanionsOfHeaders holds that a query parameter with the name of a credential, which all
// requests with a key in a header have, in two operations or more, is one as well.
func TestCompanionsOfHeaders(t *testing.T) {
	for _, tt := range []struct {
		name, header, value string
		queries             [2]string
		want                []string
	}{
		{"key and token", "X-Api-Key", "k1", [2]string{"token=abc&page=1", "token=abc"}, []string{"X-API-Key", "token"}},
		{"bearer and key", "Authorization", "Bearer abc", [2]string{"key=77", "key=77"}, []string{"", "key"}},
		{"one operation", "X-Api-Key", "k1", [2]string{"token=abc", ""}, []string{"X-API-Key"}},
		{"another name", "X-Api-Key", "k1", [2]string{"page=1", "page=2"}, []string{"X-API-Key"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var fs []flow.Flow
			for i := range 6 {
				f := get([]string{"/boards", "/cards"}[i%2], tt.queries[i%2], `[{"id":1}]`)
				f.Request.Header = append(f.Request.Header, flow.Field{Name: tt.header, Value: tt.value})
				fs = append(fs, f)
			}
			d := soundBoth(t, fs)
			var got []string
			for _, s := range d.Security {
				got = append(got, s.Key)
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Fatalf("keys %q, want %q", got, tt.want)
			}
			for _, op := range d.Operations {
				if len(op.Security) != 1 || len(op.Security[0]) != len(tt.want) {
					t.Errorf("%s requires %v", op.Path, op.Security)
				}
				for _, p := range op.Params {
					if slices.Contains(tt.want, p.Name) {
						t.Errorf("%s is a parameter of %s", p.Name, op.Path)
					}
				}
			}
		})
	}
}
