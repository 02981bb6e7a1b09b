package redact_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// editsHead explains testdata/edits.txt.
const editsHead = `# Which characters matter. Each body of forms.txt has below each of its characters the sum of the edits there that
# change what else is redacted: 1, it is left out; 2, it is written twice; 4, it is replaced: a letter by that of the
# other case, a digit by a letter, a blank by a line break, all others by a blank.
# Before those stand two hexadecimal numbers, of the texts before and after the body that change what is redacted in it.
# go test ./flow/redact -run TestEdits -update writes the file.
`

// textsBefore and textsAfter are written around the bodies. The n-th of them is the bit n of the
// number in testdata/edits.txt.
var (
	textsBefore = [...]string{"x", "-", "\n", "a b ", `"`, "<b>", "(", "é"}
	textsAfter  = [...]string{"x", ".", "\n", " a b", `"`, "</b>", ")", "é"}
)

// formBody is a body of testdata/forms.txt.
type formBody struct {
	kind, marked string
	runes        []rune
	span         []int // for each rune 0, or the number of the secret that it is in
}

// formBodies returns the bodies of testdata/forms.txt.
func formBodies(t *testing.T) (bodies []formBody) {
	t.Helper()
	for _, f := range formLines(t) {
		b := formBody{kind: f.kind, marked: f.marked}
		n, in := 0, 0
		for _, c := range f.text {
			switch c {
			case '«':
				n++
				in = n
			case '»':
				in = 0
			default:
				b.runes, b.span = append(b.runes, c), append(b.span, in)
			}
		}
		bodies = append(bodies, b)
	}
	return bodies
}

// keeps reports whether the same parts of the body are redacted when the rune at i is replaced by
// others and there is text before and after it.
func (b formBody) keeps(before, after string, i int, with ...rune) bool {
	var in, want strings.Builder
	in.WriteString(before)
	want.WriteString(before)
	last := 0
	for k, c := range b.runes {
		now := []rune{c}
		if k == i {
			now = with
		}
		in.WriteString(string(now))
		switch {
		case b.span[k] == 0:
			want.WriteString(string(now))
		case b.span[k] != last:
			want.WriteString("[]")
		}
		last = b.span[k]
	}
	in.WriteString(after)
	want.WriteString(after)
	return emptied(redactAs(formKinds[b.kind], in.String())) == want.String()
}

// otherRune returns what replaces a rune.
func otherRune(c rune) rune {
	switch {
	case unicode.IsLower(c):
		return unicode.ToUpper(c)
	case unicode.IsUpper(c):
		return unicode.ToLower(c)
	case unicode.IsDigit(c):
		return 'g'
	case c == ' ':
		return '\n'
	}
	return ' '
}

// edits returns the line below the body in testdata/edits.txt.
func (b formBody) edits() string {
	around := [2]int{}
	for n := range textsBefore {
		if !b.keeps(textsBefore[n], "", -1) {
			around[0] |= 1 << n
		}
		if !b.keeps("", textsAfter[n], -1) {
			around[1] |= 1 << n
		}
	}
	var marks strings.Builder
	fmt.Fprintf(&marks, "%02x %02x     ", around[0], around[1])
	k := 0
	for _, c := range b.marked {
		if c == '«' || c == '»' {
			marks.WriteByte(' ')
			continue
		}
		if c == '␍' { // one character for two
			k++
		}
		sum := 0
		for n, with := range [...][]rune{{}, {b.runes[k], b.runes[k]}, {otherRune(b.runes[k])}} {
			if !b.keeps("", "", k, with...) {
				sum |= 1 << n
			}
		}
		marks.WriteByte(" 1234567"[sum])
		k++
	}
	return strings.TrimRight(marks.String(), " ")
}

// golden compares the lines that a function makes of each body with a file of testdata, or writes it.
func golden(t *testing.T, file, head string, of func(b formBody) string) {
	t.Helper()
	bodies := formBodies(t)
	got := make([]string, len(bodies))
	var wg sync.WaitGroup
	const workers = 4
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(bodies); i += workers {
				got[i] = of(bodies[i])
			}
		})
	}
	wg.Wait()
	text := head + strings.Join(got, "")
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rest := strings.TrimPrefix(string(data), head)
	for i, g := range got {
		if !strings.HasPrefix(rest, g) {
			t.Fatalf("%s, body %s\ngot\n%swant\n%.500s", file, bodies[i].marked, g, rest)
		}
		rest = rest[len(g):]
	}
	if rest != "" {
		t.Errorf("%s has more: %.500s", file, rest)
	}
}

// TestEdits changes each character of the bodies in testdata/forms.txt, and puts text around them.
// What decides whether something is redacted is in testdata/edits.txt.
func TestEdits(t *testing.T) {
	golden(t, "testdata/edits.txt", editsHead, func(b formBody) string {
		return fmt.Sprintf("%-9s %s\n%s\n", b.kind, b.marked, b.edits())
	})
}
