package redact_test

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestRarePlaces checks rare places of secrets, and similar texts that must stay.
func TestRarePlaces(t *testing.T) {
	checkEdges(t, []edge{
		{"password beside a user in a link", "https://h.example/x?u=joe&p=«hunter2x»"},
		{"no parameter of its own", "https://h.example/x?u=joe,p=hunter2x"},
		{"clave in a link", "GET https://h.example/login?clave=«hunter2x»&usuario=joe HTTP"},
		{"clave of a product in a link", "https://h.example/p?clave=ABC123&valor=9"},
		{"community in a link", "https://h.example/poll?version=2c&community=«berlin»"},
		{"community in a link, version 1", "https://h.example/poll?community=«berlin»&version=1"},
		{"community of a forum", "https://h.example/forum?community=berlin&version=12"},
		{"heading with a blank after it", "API key: \n«hunter2x9»"},
		{"heading with a tab after it", "API key:\t\r\n«hunter2x9»\r\n"},
		{"heading, a sentence below it", "API key: \nsee hunter2x9"},
		{"column of a table, line breaks of Windows", "Password    «hunter2x»\r\n"},
		{"column of a table, more than a word", "Password    hunter2x, x"},
		{"list of accounts", "«ann@example.com:hunter2x»,«bob@example.com:hunter3x»;"},
		{"account in quotes", `"«ann@example.com:hunter2x»","b"`},
		{"table with blanks at the ends of lines", "user | password |  \nann | «hunter2x» |  \n"},
		{"table with tabs", "| user |\tpassword\t|\n|---|---|\n| ann |\t«hunter2x»\t|\n"},
		{"table without blanks", "u|password\na|«hunter2x»\n"},
		{"password of a level", "enable password level 2 7 «swordfish9»\n"},
		{"password, other words before it", "enable password a b 7 swordfish9\n"},
		{"community of a host", "snmp-server host 192.0.2.1 «swordfish»\n"},
		{"key of routing", "authentication-key 1 md5 «swordfish»\n"},
		{"text before a label that has no value", "hunter2x<b>Password:</b><a href=\"/x\">change</a>"},
		{"message of FIX", "8=FIX.4.4|553=ann|554=«x»|96=x|"},
		{"message of FIX, no password", "8=FIX.4.4|553=ann|554=|96=x|"},
		{"cookie in quotes", "Set-Cookie: «sid=\"abc def\"»; Path=/"},
		{"cookie before a quote", "Set-Cookie: «sid=abc»\"; Path=/"},
		{"word of an element", `<span class="password">«abc123x»</span>`},
		{"words of an element", `<span class="password">abc 123x</span>`},
		{"rows of a statement", "INSERT INTO t (a, password) VALUES ('it''s, a', '«swordfish»'), ('y', '«kingfisher»')"},
		{"row of a statement, cut", "INSERT INTO t (a, password) VALUES ('x', '«sword»"},
		{"row behind a statement", "INSERT INTO t (a, password) VALUES ('x', '«swordfish»'); ('y', 'kingfisher')"},
		{"row without names above it", "INSERT INTO t (a, password) SELECT VALUES ('x', 'swordfish')"},
		{"member in brackets", "(pin)=«4829»"},
		{"bracket closed only", "a pin)=4829"},
		{"section of a file", "[secrets]\na = «b7hunter2»"},
		{"section in a sentence", "see [secrets]\na = b7hunter2"},
		{"label, then a line break", "<b>Password</b>:\r\n«hunter2x»\r\nx"},
		{"statement that sets no password", "ALTER USER joe PASSWORD EXPIRE; PASSWORD '«hunter2x»'"},
		{"option with a default", "--api-key string  the key [default=«hunter2x»]"},
		{"option with a word like a default", "--api-key string  the key (default-hunter2x)"},
		{"user of FTP", "user ann «hunter2x»"},
		{"user in code", "user ann h2nter(x)"},
		{"answer of SMTP", "334 UGFzc3dvcmQ6\r\nC: «c3dvcmRmaXNo»\r\n"},
		{"sentence below a word like a prompt of SMTP", "UGFzc3dvcmQ6\nis it said"},
		{"words of a wallet, and one more", "mnemonic: «" + strings.Repeat("abandon ", 23) + "ability» again"},
		{"call of a login, indented", "<methodName>login</methodName><params><param>\t<value>ann</value></param><param>\t<value>«swordfish»</value></param>"},
		{"name of an element without it", "methodName login<params><param><value>ann</value></param><param><value>hunter2x</value></param>"},
	})
}

// TestEncodedBytes checks that a word in base64 is hidden if it is text with a secret, and stays if
// it is other data.
func TestEncodedBytes(t *testing.T) {
	for text, isHidden := range map[string]bool{
		"abcdef password=hunter2xyz more": true, "ab\tcd\r\n password=hunter2xyz more": true, "größe password=hunter2xyz more": true,
		"pin=12345": true, "pin=1234": false, // the shortest
		"h 7h 8h 9 password=hunter2xyz":        true,
		"abc\x01\x02 password=hunter2xyz more": false, "abcdef password=hunter2xyz\x7f more": false,
		"abcdef password=hunter2xyz\xc0 more": false, "abcdef color=hunter2xyz more": false,
	} {
		word := base64.StdEncoding.EncodeToString([]byte(text))
		if got := red.Text("at " + word + " end"); (emptied(got) == "at [] end") != isHidden || !isHidden && got != "at "+word+" end" {
			t.Errorf("%q: %s", text, got)
		}
	}
}
