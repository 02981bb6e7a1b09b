package redact_test

import (
	"strings"
	"testing"
)

// TestDialogs checks secrets that only their position in a protocol shows, each with what is just
// not enough.
func TestDialogs(t *testing.T) {
	checkEdges(t, []edge{
		{"FTP", "USER joe\nPASS «swordfish»\n"},
		{"FTP, the user after it", "PASS «swordfish»\nUSER joe\n"},
		{"IRC", "PASS «swordfish»\nNICK joe\n"},
		{"without a user", "PASS swordfish\nLIST\n"},
		{"two words", "USER joe\nPASS sword fish\n"},
		{"the user 400 bytes before", "USER joe\n" + strings.Repeat("x", 390) + "\nPASS «swordfish»\n"},
		{"the user further before", "USER joe\n" + strings.Repeat("x", 400) + "\nPASS swordfish\n"},
		{"the user 400 bytes after", "PASS «swordfish»\n" + strings.Repeat("x", 393) + "\nUSER joe\n"},
		{"the user further after", "PASS swordfish\n" + strings.Repeat("x", 394) + "\nUSER joe\n"},
		{"at the prompt of a client", "ftp> user joe «swordf1sh»\n"},
		{"a user and a word", "ftp> user joe swordfish\n"},
		{"a user and a short value", "ftp> user joe abc12\n"},
		{"POP3", "APOP joe «c4c9334bac560ecc979e58001b3e22fb»\n"},
		{"a digest of another length", "APOP joe c4c9334bac560ecc979e58001b3e22f\n"},
		{"SMTP", "UGFzc3dvcmQ6\n«c3dvcmRmaXNo»\n"},
		{"SMTP of a server", "334 UGFzc3dvcmQ6\r\n«c3dvcmRmaXNo»\r\n235 ok"},
		{"Basic, no user", "Basic OnN3b3JkZmlzaA==\n"},
		{"Basic, no password", "Basic c3dvcmRmaXNoOg==\n"},
		{"Basic, no colon", "Basic am9lc3dvcmRmaXNo\n"},
		{"Basic of bytes", "Basic agFlOnN3b3JkZmlzaA==\n"},
		{"Basic of bytes at the end", "Basic am9lOnN3b3JkZmlzfw==\n"},
		{"Basic, not base64", "Basic am9lOnN3b3JkZmlzaA!\n"},
		{"Basic in words", "Basic auth: joe:«sword1fish»\n"},
		{"Basic in words, a word", "Basic auth: joe:swordfish\n"},
		{"Basic in words, five characters", "Basic auth: joe:abc12\n"},
		{"Basic in words, six characters", "Basic auth: joe:«abc123»\n"},
		{"Basic in words, no user", "Basic auth: :sword1fish\n"},
		{"NickServ", "PRIVMSG NickServ :IDENTIFY «swordfish»\n"},
		{"NickServ with a name", "/msg nickserv IDENTIFY joe «swordfish»\n"},
		{"another service", "/msg other IDENTIFY swordfish\n"},
	})
}

// TestBasicText checks that of credentials in base64 the user stays, as in a header.
func TestBasicText(t *testing.T) {
	if got := emptied(red.Text("use Basic am9lOnN3b3JkZmlzaA== here")); got != "use Basic joe:[] here" {
		t.Error(got)
	}
}

// TestPassFiles checks the lines of password files of databases and mail servers.
func TestPassFiles(t *testing.T) {
	checkEdges(t, []edge{
		{"any host", "*:5432:db:joe:«swordfish»\n"},
		{"this host", "localhost:5432:db:joe:«swordfish»\n"},
		{"a host", "db.example.com:5432:db:joe:«swordfish»\n"},
		{"a name of a host", "db:5432:app:joe:«swordfish»\n"},
		{"the next port", "db:5433:app:joe:«swordfish»\n"},
		{"a pooler", "db:6432:app:joe:«swordfish»\n"},
		{"any port", "localhost:*:db:joe:«swordfish»\n"},
		{"a short password", "*:5432:db:joe:«abcd»\n"},
		{"a shorter one", "*:5432:db:joe:abc\n"},
		{"a port of one digit", "localhost:5:db:joe:swordfish\n"},
		{"a port of six digits", "localhost:543200:db:joe:swordfish\n"},
		{"no port", "localhost:x:db:joe:swordfish\n"},
		{"a colon in the password", "localhost:5432:db:joe:«sword:fish»\n"},
		{"a user in capitals", "localhost:5432:db:JOE:swordfish\n"},
		{"a mail server", "[smtp.example.com]:587 joe:«swordfish»\n"},
		{"without a port", "[smtp.example.com] joe:«swordf1sh»\n"},
		{"without a port, a word", "[smtp.example.com] joe:swordfish\n"},
		{"without brackets", "smtp.example.com:587 joe:«swordfish»\n"},
		{"without brackets or port of mail", "smtp.example.com:80 joe:swordfish\n"},
		{"four characters", "[smtp.example.com]:587 joe:«abcd»\n"},
		{"three", "[smtp.example.com]:587 joe:abc\n"},
		{"digits", "[smtp.example.com]:587 joe:482913\n"},
		{"another word after it", "[smtp.example.com]:587 joe:swordfish x\n"},
		{"not at the start", "a [smtp.example.com]:587 joe:swordfish\n"},
	})
}

// TestTableRules checks the lines between the rows of a table.
func TestTableRules(t *testing.T) {
	for _, rule := range []string{"|---|---|", "| :-: | --- |", "+---+---+", "|===|===|", "├───┼───┤", "┣━━━╋━━━┫", "╿╿"} {
		checkEdges(t, []edge{{rule, "| user | password |\n" + rule + "\n| joe | «swordfish» |\n"}})
	}
}

// TestDispositions checks names of files, which may be percent-encoded.
func TestDispositions(t *testing.T) {
	for value, want := range map[string]string{
		`attachment; filename="ann.lee@example.com.txt"`:               `attachment; filename="[]"`,
		`attachment; filename*=UTF-8''ann.lee%40example.com`:           `attachment; filename*=UTF-8''[]`,
		`attachment; filename="100%.txt"`:                              `attachment; filename="100%.txt"`,
		`attachment; filename="100% of ann.lee@example.com"`:           `attachment; filename="100% of []"`,
		`attachment; filename="a%20b.txt"`:                             `attachment; filename="a%20b.txt"`,
		`form-data; name="file"; filename="password=swordfish7x.conf"`: `form-data; name="file"; filename="password=[]"`,
	} {
		if got := emptied(red.HeaderValue("Content-Disposition", value)); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}
