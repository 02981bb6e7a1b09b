package phrase

import (
	"slices"
	"strings"
	"testing"
)

// finder finds a secret at the word s[i:j].
type finder func(s string, i, j int) (Span, bool)

// checkFinder lets a finder look at the word between ‹ and › of each text. What it finds is between
// « and ».
func checkFinder(t *testing.T, find finder, texts []string) {
	t.Helper()
	noMarks := strings.NewReplacer("«", "", "»", "", "‹", "", "›", "")
	for _, marked := range texts {
		before, rest, _ := strings.Cut(marked, "‹")
		word, _, _ := strings.Cut(rest, "›")
		s, i := noMarks.Replace(marked), len(noMarks.Replace(before))
		j := i + len(noMarks.Replace(word))
		_, rest, ok := strings.Cut(marked, "«")
		want, _, _ := strings.Cut(rest, "»")
		want = noMarks.Replace(want)
		got, found := find(s, i, j)
		if found != ok || ok && got.In(s) != want {
			t.Errorf("%s: found %t: %q", marked, found, s[min(got.Start, len(s)):min(max(got.Start, got.End), len(s))])
		}
	}
}

// TestLinesOfAccounts finds passwords in the lines of files that list accounts.
func TestLinesOfAccounts(t *testing.T) {
	checkFinder(t, PassFile, []string{
		"*:*:*:‹ann›:«swordfish»", "a.example:5432:db:‹ann›:«sword»\nb", "x\nlocalhost:99:db:‹ann›:«sword»\r\n",
		"10.0.0.1:12345:*:‹ann›:«a\\:bc»",
		"db:5432:db:‹ann›:«swordfish»", "db:6432:db:‹ann›:«swordf»", "db:1234:db:‹ann›:«sword1»",
		"db:5432:db:‹ann›:sword", "db:5442:db:‹ann›:swordfish", "db:5432:12:‹ann›:swordfish", "db:1234:db:‹ann›:sword",
		"db:123:db:‹ann›:sword1",
		"*:*:*:‹ann›:abc", "*:*:*:‹ANN›:swordfish", "*:*:‹ann›:swordfish", "*:*:*:*:‹ann›:swordfish", "* :*:*:‹ann›:swordfish",
		"/*:*:*:‹ann›:swordfish",
		"*:1:*:‹ann›:swordfish", "*:123456:*:‹ann›:swordfish", "*:x2:*:‹ann›:swordfish", "*:*:*:‹ann›:sword fish",
	})
	checkFinder(t, RelayAccount, []string{
		"[‹mail.example›]:587 ann:«sword»", "x\n[‹mail.example›]:587\tann:«sword»\n", "[‹mail.example›] ann:«sword1»",
		"mail.‹example›:25 ann:«sword»", "x\nmail.‹example›:2525\tann:«sword»",
		"[‹mail›] ann:sword1", "[‹mail.example›] ann:sword", "[‹mail.example›]:587 ann:abc", "[‹mail.example›]:587 ann:12345",
		"[‹mail.example›]:587 a@b:sword",
		"[‹mail.example›]:587 :sword", "[‹mail.example›]:587ann:sword", "[‹mail.example›]:587 ann sword",
		"[‹mail.example›]:587 ann:sword x",
		"x [‹mail.example›]:587 ann:sword", "mail.‹example›:26 ann:sword1", "mail.‹example›:25", "x mail.‹example›:25 ann:sword",
	})
	checkFinder(t, StaticMap, []string{
		"smtp_sasl_password_maps = ‹static›:ann:«x»", "password_maps=‹static›:ann@b:«sword» x",
		"password_maps = ‹static›:ann:", "alias_maps = ‹static›:ann:sword", "password_maps = ‹static›:ann",
		"password_maps = ‹static›:ann sword",
	})
}

// TestUserPassword finds a password between the name of a user and a host.
func TestUserPassword(t *testing.T) {
	checkFinder(t, UserPassword, []string{
		"ann:‹«sword1»›@host", "to ann:‹«sword1»›@host", "(ann:‹«sword1»›@host", "dom/ann:‹«sword1»›@host", "dom/a:‹«sword1»›@host", "a:‹«sword1»›@h", "a.b_c-d:‹«sword1»›@host",
		"sip:ann:‹«sword1»›@host",
		"(sip:ann:‹«sword1»›@host",
		"ann:‹swor1›@host", "ann:‹swordf›@host", "ann:‹123456›@host", "ann:‹sword1›@", "ann:‹sword1›@/x", "ann ‹sword1›@host",
		":‹sword1›@host",
		"mailto:‹sword1›@host", "Reply-To:‹sword1›@host", "xsip:ann:‹sword1›@host", "x;ann:‹sword1›@host", "dom/img:‹sword1›@sha256:a",
		"a/dom/ann:‹sword1›@host",
	})
	long := ":" + strings.Repeat("a1", 64)
	for after, want := range map[string]int{
		":sword1": 7, ":sword1 x": 7, ":sword1,x": 7, long: len(long),
		"": 0, ":": 0, "sword1": 0, ":swor1": 0, ":swordf": 0, ":123456": 0, ":sword1/x": 0, ":sword1.txt": 0, ":sword1:x": 0, ":[sword1]": 0,
	} {
		const address = "ann@example.com"
		if got := PasswordAfter(address+after, len(address)); got != want {
			t.Errorf("%s: %d, want %d", after, got, want)
		}
	}
}

// TestSerialized finds values in what PHP serializes: by their length, or up to the quote if the
// text was changed after it was written.
func TestSerialized(t *testing.T) {
	checkFinder(t, Serialized, []string{
		`s:8:"‹password›";s:3:"«abc»";`, `s:8:"‹password›";s:8:"«ab"cd";x»";s:1:"y";`, `s:8:\"‹password›\";s:9:\"«abcd»\";`,
		`s:8:"‹password›";s:9:"«abcd»";`,
		`s:8:"‹password›";s:2:"«abcd»";`, `s:8:"‹password›";s:9:"«abcd»`, `s:8:"‹password›";s:4:"«abcd»`, `s:8:"‹password›";i:«12»;`,
		`s:8:"‹password›";d:«-1.5»;`,
		`s:8:"‹password›";i:12`, `s:8:"‹password›";i:;`, `s:8:"‹password›";b:1;`, `s:8:"‹password›";s:0:"";`, `s:8:"‹password›";s:-1:"x";`,
		`s:8:"‹password›";s:3;"abc";`,
		`s:8:"‹password›";s:3:abc;`, `s:4:"‹name›";s:3:"abc";`, `s:8:"‹password›",s:3:"abc";`, `s:8:"‹password›";s;3:"abc";`,
		`s:8:"‹password›";s:`,
		`‹password›;s:3:"abc";`, `s:8:"‹password›";s:28:"[redacted:secret:3f9a1c07be]";`,
	})
}

// TestBinds finds the parameters of statements that are values of columns with the name of a
// secret.
func TestBinds(t *testing.T) {
	for statement, want := range map[string][]string{
		"password = :p":                                         {"p"},
		"name = ? AND password=?":                               {"2"},
		"UPDATE t SET [password] = @p_1":                        {"p_1"},
		"\"password\"\n=\n$2":                                   {"2"},
		"`password`= %(pw)s":                                    {"pw"},
		"a = %s, password = %s":                                 {"2"},
		"password = crypt(?, 1)":                                {"1"},
		"password = sha2( :p)":                                  {"p"},
		"password = x AND token = :t":                           {"t"},
		"password = :p AND token = :t":                          {"p", "t"},
		"INSERT INTO t (a, password) VALUES (?, ?)":             {"2"},
		"insert into t (password,[token]) values(:a,:b)":        {"a", "b"},
		"INSERT INTO t (a, password) \nVALUES\n(f(1, (2)), :p)": {"p"},
		"INSERT INTO t (a, password) VALUES ('x, (', :p)":       {"p"},
		"INSERT INTO t (password, a, token) VALUES (1, :p":      nil,
		"INSERT INTO t (a, password) VALUES (:p)":               nil,
		"INSERT INTO t (a) VALUES (:p)":                         nil,
		"INSERT INTO t VALUES (:p)":                             nil,
		"INSERT INTO t (password) VALUES":                       nil,
		"INSERT INTO t (password) VALUES (":                     nil,
		"INSERT INTO t (password) x VALUES (:p)":                nil,
		"password) VALUES (:p)":                                 nil,
		"password = 'x'":                                        nil, "name = :p": nil, "password =": nil, "= :p": nil, "": nil, "password = (:p)": nil,
	} {
		if got := Binds(statement); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", statement, got, want)
		}
	}
}
