package schema

import (
	"fmt"
	"strings"
	"testing"
)

// evidence is traffic that is just enough for a decision, or just not enough.
type evidence struct {
	name   string
	bodies []string // "3× " before a body stands for three exchanges
	want   string
}

// checkEvidence decides each row alone, as responses of one operation.
func checkEvidence(t *testing.T, rows []evidence) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Helper()
			b := goldenBody("GET /things 200")
			bodies := addLines(t, b.Facts, strings.Join(tt.bodies, "\n"))
			d := Decide([]Body{b}, Policy{Inline: true})
			if got := outlineSchema(d.Schemas[0]); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			for _, body := range bodies {
				if why := invalid(d, d.Schemas[0], []byte(body)); why != "" {
					t.Errorf("%s: %s", body, why)
				}
			}
		})
	}
}

// each returns a body with the text in place of %s for each text, n times.
func each(n int, body string, texts ...string) (out []string) {
	for _, x := range texts {
		out = append(out, fmt.Sprintf("%d× ", n)+fmt.Sprintf(body, x))
	}
	return out
}

func TestEnumEvidence(t *testing.T) {
	const status = `{"status":"%s"}`
	list := func(texts ...string) string {
		var items []string
		for _, x := range texts {
			items = append(items, fmt.Sprintf(status, x))
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	letters := func(n int) (out []string) {
		for i := range n {
			out = append(out, string(rune('a'+i)))
		}
		return out
	}
	checkEvidence(t, []evidence{
		{"eight strings", each(4, status, "open", "closed"), "{status!: string[closed open]}"},
		{"seven", append(each(4, status, "open"), each(3, status, "closed")...), "{status!: string}"},
		{"five exchanges", []string{"5× " + list("open", "closed", "open", "closed")}, "[{status!: string[closed open]}]"},
		{"four exchanges", []string{"4× " + list("open", "closed", "open", "closed")}, "[{status!: string}]"},
		{"each value three times", each(3, status, "open", "closed", "gone"), "{status!: string[closed gone open]}"},
		{"one of them twice", append(each(3, status, "open", "closed"), each(2, status, "gone")...), "{status!: string}"},
		{"one of 21 seen once", append(each(20, status, "open"), each(1, status, "closed")...), "{status!: string[closed open]}"},
		{"one of 20 seen once", append(each(19, status, "open"), each(1, status, "closed")...), "{status!: string}"},
		{"most values rare", append(each(20, status, "open"), each(2, status, "a", "b")...), "{status!: string}"},
		{"twenty values", each(3, status, letters(20)...),
			"{status!: string[a b c d e f g h i j k l m n o p q r s t]}"},
		{"twenty-one values", each(3, status, letters(21)...), "{status!: string}"},
		{"empty value", append(each(4, status, "open", "closed"), `{"status":""}`), "{status!: string}"},
		{"one value", each(30, status, "open"), "{status!: string}"},
		{"a name in the plural", each(4, `{"user_roles":"%s"}`, "admin", "guest"), "{user_roles!: string[admin guest]}"},
		{"a name without a word of enums", each(4, `{"nickname":"%s"}`, "admin", "guest"), "{nickname!: string}"},
		{"numbered values", each(4, status, "step1", "step2"), "{status!: string}"},
		{"half of them numbered", each(4, status, "step1", "last"), "{status!: string[last step1]}"},
		{"numbered protocols", each(4, `{"protocol":"%s"}`, "http1", "http2"), "{protocol!: string[http1 http2]}"},
		{"as many digits as letters", each(4, `{"algorithm":"%s"}`, "sha256", "sha512"), "{algorithm!: string}"},
		{"paths", each(4, status, "open", "a/b"), "{status!: string}"},
		{"codes", each(4, `{"currency":"%s"}`, "EURO", "DOLLAR"), "{currency!: string}"},
		{"tag in three exchanges", each(3, `{"object":"%s"}`, "charge"), "{object!: string[charge]}"},
		{"tag in two", each(2, `{"object":"%s"}`, "charge"), "{object!: string[charge]}"},
		{"tag in one", each(1, `{"object":"%s"}`, "charge"), "{object: string}"},
		{"type in eight exchanges", each(8, `{"type":"%s"}`, "charge"), "{type!: string[charge]}"},
		{"type in seven", each(7, `{"type":"%s"}`, "charge"), "{type!: string}"},
		{"JSON-RPC", each(1, `{"jsonrpc":"%s","result":1}`, "2.0"), "{jsonrpc: string[2.0], result: integer}"},
		{"JSON-RPC of another version", each(9, `{"jsonrpc":"%s","result":1}`, "1.0"), "{jsonrpc!: string<a decimal number as text>, result!: integer}"},
	})
}

func TestNumberEvidence(t *testing.T) {
	checkEvidence(t, []evidence{
		{"whole numbers", []string{`2× {"size":3}`}, "{size!: integer}"},
		{"one fraction", []string{`9× {"size":3}`, `{"size":3.5}`}, "{size!: number}"},
		{"fees beside fractions", []string{`31× {"x":1.5,"y":2.5,"fees":3}`}, "{fees!: number, x!: number, y!: number}"},
		{"in 32 exchanges", []string{`32× {"x":1.5,"y":2.5,"fees":3}`}, "{fees!: integer, x!: number, y!: number}"},
		{"fees beside whole numbers", []string{`3× {"x":1,"y":2,"fees":3}`}, "{fees!: integer, x!: integer, y!: integer}"},
		{"others beside fractions", []string{`3× {"x":1.5,"y":2.5,"z":3}`}, "{x!: number, y!: number, z!: integer}"},
	})
}

func TestRequiredEvidence(t *testing.T) {
	checkEvidence(t, []evidence{
		{"one exchange", []string{`{"a":1,"b":2}`}, "{a: integer, b: integer}"},
		{"two", []string{`2× {"a":1,"b":2}`}, "{a!: integer, b!: integer}"},
		{"absent once", []string{`19× {"a":1,"b":2}`, `{"a":1}`}, "{a!: integer, b: integer}"},
		{"two exchanges of a varying record", []string{`{"a":1,"b":2,"c":3}`, `{"a":1,"d":2}`}, "{a!: integer, b: integer, c: integer, d: integer}"},
		{"of a part that varies", []string{`{"x":{"a":1,"b":2,"c":3}}`, `{"x":{"a":1,"d":2}}`},
			"{x!: {a: integer, b: integer, c: integer, d: integer}}"},
		{"of a part in a list that varies", []string{`{"x":[{"a":1,"b":2,"c":3}]}`, `{"x":[{"a":1,"d":2}]}`},
			"{x!: [{a: integer, b: integer, c: integer, d: integer}]}"},
		{"of varying items", []string{`[{"a":1,"b":2,"c":3}]`, `[{"a":1,"d":2}]`}, "[{a!: integer, b: integer, c: integer, d: integer}]"},
		{"five", []string{`3× {"a":1,"b":2,"c":3}`, `2× {"a":1,"d":2}`}, "{a!: integer, b: integer, c: integer, d: integer}"},
		{"eight", []string{`4× {"a":1,"b":2,"c":3}`, `4× {"a":1,"d":2}`}, "{a!: integer, b: integer, c: integer, d: integer}"},
		{"nine", []string{`5× {"a":1,"b":2,"c":3}`, `4× {"a":1,"d":2}`}, "{a!: integer, b: integer, c: integer, d: integer}"},
		{"items of one list", []string{`[{"a":1,"b":2},{"a":1,"b":2},{"a":1}]`}, "[{a: integer, b: integer}]"},
		{"null is present", []string{`4× {"a":1}`, `5× {"a":null}`}, "{a!: integer?}"},
	})
}

func TestUnknownEvidence(t *testing.T) {
	checkEvidence(t, []evidence{
		{"null only", []string{`3× {"a":null}`}, "{a!: any?}"},
		{"empty lists only", []string{`3× {"a":[]}`}, "{a!: []}"},
		{"known elsewhere", []string{`3× {"x":{"owner":null},"y":{"owner":{"n":1}}}`}, "{x!: {owner!: {n!: integer}?}, y!: {owner!: {n!: integer}}}"},
		{"lists known elsewhere", []string{`3× {"x":{"tags":[]},"y":{"tags":["a"]}}`}, "{x!: {tags!: [string]}, y!: {tags!: [string]}}"},
		{"a scalar of a common name", []string{`3× {"x":{"kind":null,"m":1},"y":{"kind":1,"n":1}}`},
			"{x!: {kind!: any?, m!: integer}, y!: {kind!: integer, n!: integer}}"},
		{"that is null, too", []string{`3× {"x":{"kind":null},"y":{"kind":1.5,"n":1}}`, `{"x":{"kind":null},"y":{"kind":null,"n":1}}`},
			"{x!: {kind!: number?}, y!: {kind!: number?, n!: integer}}"},
		{"a scalar with a name of two words", []string{`3× {"x":{"made_by":null,"m":1,"n":1},"y":{"made_by":1}}`},
			"{x!: {m!: integer, made_by!: integer?, n!: integer}, y!: {made_by!: integer}}"},
		{"a scalar in a record that is alike", []string{`3× {"x":{"kind":null,"n":1,"m":1},"y":{"kind":1,"n":1,"l":1}}`},
			"{x!: {kind!: integer?, m!: integer, n!: integer}, y!: {kind!: integer, l!: integer, n!: integer}}"},
		{"known differently", []string{`3× {"x":{"owner":null},"y":{"owner":1},"z":{"owner":"b"}}`},
			"{x!: {owner!: any?}, y!: {owner!: integer}, z!: {owner!: string}}"},
	})
}

// TestVocabularyEvidence holds that properties of several names support each other's values, and
// that those of one name count once.
func TestVocabularyEvidence(t *testing.T) {
	const body = `{"a":{"products":"%s","x1":1,"x2":true,"x3":[1]},"b":{"products":"%s","y1":"q","y2":{"z":1},"y3":2},"c":{"billed_products":"%s"}}`
	rows := func(n int, a, b, c string) string { return fmt.Sprintf("%d× ", n) + fmt.Sprintf(body, a, b, c) }
	common := []string{rows(40, "alpha", "beta", "alpha"), rows(40, "alpha", "alpha", "beta"), rows(1, "gamma", "alpha", "alpha")}
	outline := func(products, others, billed string) string {
		return fmt.Sprintf("{a!: {products!: string%s, x1!: integer, x2!: boolean, x3!: [integer]}, "+
			"b!: {products!: string%s, y1!: string, y2!: {z!: integer}, y3!: integer}, c!: {billed_products!: string%s}}", products, others, billed)
	}
	const closed = "[alpha beta gamma]"
	checkEvidence(t, []evidence{
		{"a value three times", append(common, rows(2, "alpha", "gamma", "beta")), outline(closed, closed, closed)},
		{"a value twice", append(common, rows(1, "alpha", "gamma", "beta")), outline("", "", "")},
	})
}
