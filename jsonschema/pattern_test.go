package jsonschema

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// TestPatternTime matches texts that take a backtracking engine exponential time, in a budget of one
// second for all.
func TestPatternTime(t *testing.T) {
	for _, pattern := range []string{`^(a+)+$`, `^(([a-z])+)+$`, `^(?=a)(([a-z])+)+$`, `^(a+)+\\1$`, `^([\\w-]+\\.?)+@(([a-z])+.)+[A-Z]$`} {
		s := must.Get(Compile(parse(t, `{"pattern":"`+pattern+`"}`)))
		start := time.Now()
		for i := range 40 {
			if s.Validate(t.Context(), strings.Repeat("a", 50+i)+"!") == nil {
				t.Errorf("%s: a text that could not be matched is valid", pattern)
			}
		}
		if d := time.Since(start); d > 5*time.Second { // a second on an idle machine
			t.Errorf("%s: took %v", pattern, d)
		}
	}
}

// TestLinearRegexp compares the engines of most patterns on texts of their own characters.
func TestLinearRegexp(t *testing.T) {
	for _, x := range []struct {
		pattern  string
		isLinear bool
	}{
		{`^(([a-z])+)+$`, true}, {`^[^/]+$`, true}, {`^\d{4}-\d\d-\d\d$`, true}, {`a.b`, true}, {`^\s*\S+\s*$`, true}, {`^[\s,;]+$`, true}, {`[^\s]`, true},
		{`^(?<year>[0-9]{2,})$`, true}, {`\bab\b`, true}, {`^(a|ab)(c|bcd)$`, true}, {`^\p{L}+\P{Lu}?$`, false}, {`^\p{L}+$`, true}, {`^[\w.+-]+@\w+$`, true},
		{`[\[\]a]`, true}, {`^a{2}{`, true}, {`^$|^x`, true}, {`(?!a)b`, false}, {`(a)\1`, false}, {`[^]a`, false}, {`[\\s]+`, false}, {`a{1,2000}`, false},
		{`\u0061`, false}, {`^[a^-]$`, true}, {`^[\W\D]$`, true},
	} {
		linear, _ := linearRegexp(x.pattern)
		if (linear != nil) != x.isLinear {
			t.Errorf("%s: linear is %v", x.pattern, linear)
		}
		compiled, err := compileRegexp(x.pattern)
		if err != nil || linear == nil {
			continue
		}
		random := rand.New(rand.NewPCG(1, 2))
		letters := []rune("ab" + x.pattern + "\n\r\u2028\u00a0\ufeff é9-Z_" + "\v\t/")
		if slices.Contains([]string{`a.b`, `\bab\b`}, x.pattern) { // where the other engine does not follow ECMA-262
			letters = []rune("ab \n-")
		}
		for range 2000 {
			var text []rune
			for range random.IntN(8) {
				text = append(text, letters[random.IntN(len(letters))])
			}
			want, err := compiled.(*ecmaRegexp).re.MatchString(string(text))
			if got := linear.MatchString(string(text)); err != nil || got != want {
				t.Errorf("%s matches %q: %v, other engine %v, %v", x.pattern, string(text), got, want, err)
				break
			}
		}
	}
}

func TestRewritePattern(t *testing.T) {
	for _, x := range []struct{ in, want string }{
		{`^a$`, `^a$`}, {`\_\@\-`, `_@-`}, {`^{.*}$`, `^\{.*\}$`}, {`a{2}{`, `a{2}\{`}, {`a{2,3}b{4,}`, `a{2,3}b{4,}`}, {`x{a}`, `x\{a\}`},
		{`a{0}b{9}`, `a{0}b{9}`}, {`a{0,9}b{90,}`, `a{0,9}b{90,}`}, {`a{/}b{:}c{1,/}d{1,:}`, `a\{/\}b\{:\}c\{1,/\}d\{1,:\}`},
		{`a{,2}b{1`, `a\{,2\}b\{1`}, {`\-[\-]\B`, `-[\-]\B`},
		{`\9a(b)(c)(d)(e)(f)(g)(h)(i)(j)`, `\9a(b)(c)(d)(e)(f)(g)(h)(i)(j)`}, {`(a)\1:`, `(a)\1:`}, {`(a)\1/`, `(a)\1/`},
		{`a{1000000}`, `a\{1000000\}`}, {`a{1,}?b??`, `a{1,}?b??`},
		{`[\w-.]`, `[\w\-.]`}, {`[a-\d]`, `[a\-\d]`}, {`[\-a]`, `[\-a]`}, {`[a-z\_]`, `[a-z_]`}, {`[^/]+`, `[^/]+`}, {`\/`, `\/`},
		{`(?P<n>a)`, `(?<n>a)`}, {`\Aabc\z`, `^abc$`}, {`]`, `\]`}, {`\p{L}+`, `\p{L}+`}, {`\u{1F600}`, `\u{1F600}`}, {`(?<!a)b`, `(?<!a)b`},
		{`(?:(?=a)b)*`, `(?:(?=a)b)*`}, {`[$]*\$?`, `[$]*\$?`},
		{`\p{Greek}\P{Lu}`, `\p{Script=Greek}\P{Lu}`}, {`[\p{Letter}]`, `[\p{Letter}]`}, {`\p{Script=Greek}`, `\p{Script=Greek}`},
		{`(a)\1`, `(a)\1`}, {`\k<n>(?<n>a)`, `\k<n>(?<n>a)`}, {`\0`, `\0`}, {`\cA\x41\u0041\u{10FFFF}`, `\cA\x41\u0041\u{10FFFF}`},
	} {
		t.Run(x.in, func(t *testing.T) {
			if got, err := RewritePattern(x.in); err != nil || got != x.want {
				t.Errorf("got %s, %v; want %s", got, err, x.want)
			}
		})
	}
	for _, p := range []string{`(`, `[`, `(?i)a`, `(?>a)`, `[[:alpha:]]`, `\hx`, `*a`, `a**`, `\`,
		`\A*`, `^*`, `$+`, `\b{2}`, `(?=a)*`, `(?<!a)?`, `a)*`,
		`(?<n`, `(?P<n`, `(?<n>a)\k<n`, `\k<>`, `[\B]`, `[\k<n>](?<n>a)`, `[\A]`,
		`\1`, `(a)\2`, `\00`, `[\1]`, `\k`, `(a)\k<n>`, `(?<n>a)(?<n>b)`, `(?<1>a)`, `\c1`, `\x4`, `\u12`, `\u{110000}`,
		`\pL`, `\p{Nobody}`, `\p{Greek`, strings.Repeat("a", 5000)} {
		t.Run("refused "+p[:min(len(p), 20)], func(t *testing.T) {
			if got, err := RewritePattern(p); err == nil {
				t.Errorf("rewritten as %s", got)
			}
		})
	}
}

// FuzzRewritePattern: no pattern panics, and rewriting a result changes nothing.
func FuzzRewritePattern(f *testing.F) {
	for _, s := range []string{`^[\w-.]+$`, `(?P<a>x){2}`, `\A*00`, `(?=a)$+`, `\p{L}`, `[^]`, `a{1,2`, `\x4`, `[a-\w]`, strings.Repeat("}", 4000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, p string) {
		out, err := RewritePattern(p)
		if err != nil {
			return
		}
		again, err := RewritePattern(out)
		if err != nil || again != out {
			t.Errorf("%q became %q, which becomes %q, %v", p, out, again, err)
		}
	})
}
