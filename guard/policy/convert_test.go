package policy

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spectap/spectap/internal/test/must"
)

var update = flag.Bool("update", false, "write the golden files")

func TestConvert(t *testing.T) {
	files, err := filepath.Glob("testdata/convert/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		a := must.Get(txtar.ParseFile(file))
		text, notes, err := Convert(t.Context(), "intercept.yaml", a.Files[0].Data)
		got := []txtar.File{a.Files[0], {Name: "policy.yaml", Data: text}, {Name: "notes", Data: []byte(strings.Join(notes, "\n") + "\n")}}
		if err != nil {
			got = []txtar.File{a.Files[0], {Name: "errors", Data: []byte(err.Error() + "\n")}}
		}
		want := txtar.Format(a)
		a.Files = got
		if *update {
			must.Do(t, os.WriteFile(file, txtar.Format(a), 0o644))
		} else if string(txtar.Format(a)) != string(want) {
			t.Errorf("%s: got\n%s", file, txtar.Format(a))
		}
	}
}

// TestConvertedDecides asks a converted policy.
func TestConvertedDecides(t *testing.T) {
	a := must.Get(txtar.ParseFile("testdata/convert/payments.txtar"))
	text, _, err := Convert(t.Context(), "intercept.yaml", a.Files[0].Data)
	must.Do(t, err)
	p := mustLoad(t, string(text))
	for _, tt := range []struct{ tool, args, want string }{
		{"create_payment", `{"amount":40000,"currency":"usd","meta":{"order-id":1}}`, ""},
		{"create_payment", `{"amount":40001,"currency":"usd","meta":{"order-id":1}}`, "A payment cannot exceed 400.00"},
		{"create_payment", `{"amount":40000,"currency":"usd","meta":{"order-id":null}}`, "A payment cannot exceed 400.00"},
		{"create_payment", `{"amount":40000,"currency":"usd","meta":{}}`, "A payment cannot exceed 400.00"},
		{"create_payment", `{"amount":40000,"currency":"gbp","meta":{"order-id":1}}`, `args.currency is one of ["usd","eur"]`},
		{"create_payment", `{"amount":-1,"currency":"usd","meta":{"order-id":1}}`, "is negative"},
		{"create_branch", `{"name":"feat/a"}`, ""},
		{"create_branch", `{"name":"feat/a","draft":null}`, ""},
		{"create_branch", `{"name":"feat/a","draft":false}`, "args.draft"},
		{"create_branch", `{"name":"fix/a"}`, "args.name matches"},
		{"list_payments", `{}`, ""},
		{"anything", `{}`, ""},
		{"delete_customer", `{}`, "Customers are not deleted"},
		{"transfer_ownership", `{}`, "there is no tool"},
	} {
		d := p.Decide(&Call{Name: tt.tool, Args: argsOf(t, tt.args)})
		if d.Allowed != (tt.want == "") || !strings.Contains(d.Reason, tt.want) {
			t.Errorf("%s %s: %+v, want %q", tt.tool, tt.args, d, tt.want)
		}
	}
	charges := p.Decide(&Call{Name: "create_branch", Args: argsOf(t, `{"name":"feat/a"}`)}).Charges
	var limits []string
	for _, c := range charges {
		limits = append(limits, c.Amount.String()+" of "+c.Max.String()+" per "+windowText(c.Window))
	}
	if got, want := strings.Join(limits, ", "), "1 of 10 per hour, 2 of 49 per day, 1 of 60 per minute"; got != want {
		t.Errorf("the limits are %s, want %s", got, want)
	}
}

// FuzzConvert converts anything: the result, if there is one, is a policy.
func FuzzConvert(f *testing.F) {
	a := must.Get(txtar.ParseFile("testdata/convert/payments.txtar"))
	f.Add(string(a.Files[0].Data))
	f.Add("version: '1'\ntools: {a: {rules: [{name: x, conditions: [{path: 'args.a b.*', op: eq, value: !!float 1}]}]}}")
	f.Fuzz(func(t *testing.T, text string) {
		out, _, err := Convert(t.Context(), "p", []byte(text))
		var known *LoadError
		if err != nil && !errors.As(err, &known) {
			t.Fatalf("%v", err)
		}
		if err == nil {
			mustLoad(t, string(out))
		}
	})
}

// TestConvertedHolds checks that a converted policy with approvals decides for all tools whether
// they are held, so that a gateway holds no others by itself.
func TestConvertedHolds(t *testing.T) {
	text, _, err := Convert(t.Context(), "intercept.yaml", []byte(`{version: "1", default: deny, tools: {
		pay: {rules: [{name: a, action: require_approval}]}, free: {rules: []}}}`))
	must.Do(t, err)
	p := mustLoad(t, string(text))
	for tool, held := range map[string]bool{"pay": true, "free": false} {
		if d := p.Decide(&Call{Kind: Tool, Name: tool}); !d.Allowed || (d.Approval != nil) != held || !p.Settles(tool) {
			t.Errorf("%s: %+v, settled %t", tool, d, p.Settles(tool))
		}
	}
}
