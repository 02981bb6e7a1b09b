package codegen

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
)

var update = flag.Bool("update", false, "write the golden files")

// goldenFlows sign in, use the token, and send what needs quotes, files and options.
func goldenFlows() []flow.Flow {
	body := func(s string) flow.Body { return flow.Body{Data: []byte(s), Size: int64(len(s))} }
	login := newFlow("POST", "a.example", "/login", "")
	login.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}, {Name: "Host", Value: "a.example"}, {Name: "Accept-Encoding", Value: "gzip"}}
	login.Request.Body = body("user=ann&password=S3cret-Horse-77&otp_token=plantedOtp1234567")
	answer := `{"access_token":"` + plantedBearer + `","token_type":"Bearer"}`
	login.Response = &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}}, Body: body(answer)}
	list := newFlow("GET", "a.example", "/v1/../things/{id}", "api_key="+plantedToken+"&page=1")
	list.Request.Header = flow.Header{{Name: "Authorization", Value: "Bearer " + plantedBearer}, {Name: "X-Empty", Value: ""}, {Name: "X-Quote", Value: `it's "x" \ $HOME`}}
	change := newFlow("PATCH", "a.example", "/v1/things/7", "")
	change.Request.Header = flow.Header{
		{Name: "Authorization", Value: "Basic YW5uOlMzY3JldC1Ib3JzZS03Nw=="}, {Name: "Cookie", Value: "sid=s9k2j4h5g6f7d8s9a0q1w2e3; csrf=plantedCsrf1234567"},
		{Name: "Content-Type", Value: "application/json; charset=iso-8859-1"}, {Name: "X-Api-Key", Value: plantedToken},
	}
	change.Request.Body = body("{\"name\":\"r\xfcg\",\n\t\"note\":\"{{x}}\"}")
	upload := newFlow("PUT", "a.example", "/v1/logo", "")
	upload.Request.Header = flow.Header{{Name: "Content-Type", Value: "image/png"}}
	upload.Request.Body = body("\x89PNG\x00\x01")
	head := newFlow("HEAD", "a.example", "/", "")
	fs := []flow.Flow{login, list, change, upload, head}
	r := redact.New([]byte("k"), redact.Config{})
	for i := range fs {
		fs[i].Seq, fs[i].Done = flow.Seq(i+1), true
		fs[i] = r.Flow(fs[i])
	}
	return fs
}

// TestGolden compares programs of each framework, with their variables, and single commands with
// testdata/programs.txtar.
func TestGolden(t *testing.T) {
	fs := goldenFlows()
	ar := &txtar.Archive{Comment: []byte("Programs that send the requests of TestGolden. Write with -update.\n")}
	add := func(name, text string) {
		ar.Files = append(ar.Files, txtar.File{Name: name, Data: []byte(strings.TrimSuffix(text, "\n") + "\n")})
	}
	variables := func(list []Variable) string {
		var b strings.Builder
		for _, v := range list {
			b.WriteString(v.Name + ": " + v.StandsFor + "; " + v.FirstUseIn + "; " + v.ReturnedBy + "\n")
		}
		return b.String()
	}
	for _, name := range Frameworks() {
		p := Generate(name, fs)
		add(name+" ("+p.Language+")", p.Code)
		if name == "curl" {
			add("variables", variables(p.Variables))
		}
	}
	var curls, commands strings.Builder
	for i := range fs {
		curls.WriteString(Curl(&fs[i]) + "\n")
		p := CurlCommand(&fs[i])
		commands.WriteString(p.Code + variables(p.Variables))
	}
	add("curl with placeholders", curls.String())
	add("curl to paste", commands.String())
	const file = "testdata/programs.txtar"
	if *update {
		if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Files) != len(ar.Files) {
		t.Fatalf("%d programs, want %d", len(ar.Files), len(want.Files))
	}
	for i, f := range ar.Files {
		if w := want.Files[i]; w.Name != f.Name || string(w.Data) != string(f.Data) {
			t.Errorf("%s\n%s\nwant %s\n%s", f.Name, f.Data, w.Name, w.Data)
		}
	}
}
