package redact_test

import (
	"strings"
	"testing"
)

// TestReach checks how far the finders look: each text has filler of n bytes (or items) between a
// secret and what marks it. With bound of them the secret is found, with one more it is not, so that
// the time for a text grows with its length alone.
func TestReach(t *testing.T) {
	fill := func(before, filler, after string) func(int) string {
		return func(n int) string { return before + strings.Repeat(filler, n) + after }
	}
	for _, tt := range []struct {
		name  string
		bound int
		text  func(n int) string
	}{
		{"bytes between a program and its option", 993, fill("mysql ", "x", " -pswordf1sh")},
		{"bytes between a user and -p", 111, fill("tool -u joe ", "x", " -p swordf1sh")},
		{"bytes between a user and -p: of Windows", 111, fill("tool -u:joe ", "x", " -p:swordf1sh")},
		{"items of YAML between a program and its option", 11, fill("- mysql\n", "- a\n", "- -pswordf1sh\n")},
		{"bytes of the word that ends a here-document", 38, func(n int) string {
			return "sudo -S ls <<" + strings.Repeat("E", n) + "\nswordf1sh\n" + strings.Repeat("E", n) + "\n"
		}},
		{"words of a command before its password", 13, fill("dscl ", ". ", "-passwd /Users/joe swordf1sh")},
		{"bytes between a prompt and a seed", 43, fill("Enter this key in your authenticator app", " ", ": MFRG GZDF MZTW Q2LK")},
		{"tags between a label and its value", 5, fill("<b>Password:</b>", "<i>", "swordf1sh")},
		{"bytes between a label and its value", 382, fill("<b>Password:</b><i class='", "x", "'>swordf1sh</i>")},
		{"members between a name and its value", 3, fill(`"name":"password",`, `"a":"b",`, `"value":"swordf1sh"`)},
		{"bytes of the members between them", 973, fill(`"name":"password","a":"`, "x", `","value":"swordf1sh"`)},
		{"bytes of a comment between a name and its value", 4092, fill("password = /*", "x", "*/ swordf1sh")},
		{"bytes between a label in another language and its code", 86, fill("Einmalcode", " ", "482913")},
		{"bytes of an expression before its string", 272, fill("password = os.getenv('", "X", "') or 'swordf1sh'")},
		{"bytes of the arguments before a password", 384, fill("login(\"", "x", "\", \"swordf1sh\")")},
		{"bytes between the names of a grant", 4082, fill("?redirect_uri=", "x", "&code=swordf1sh")},
		{"bytes of a call of XML-RPC before its password", 1938,
			fill("<methodName>login</methodName><params><param>ann", "x", "</param><param>swordf1sh</param>")},
		{"bytes between a prompt and what a script sends", 382, fill("expect \"assword\"\n", "#", "\nsend \"swordf1sh and a word\\r\"")},
		{"bytes between the parts of a key file", 4079, fill("Public-Lines: 1\n", "x", "\nPrivate-Lines: 1\nswordf1sh\nPrivate-MAC: a")},
		{"bytes of a key in a file", 32763, fill("Public-Lines: 1\nPrivate-Lines: 1\n", "x", "swordf1sh\nPrivate-MAC: a")},
		{"bytes of a variable before its default", 1975, fill("variable \"db_password\" {\n", " ", "default = \"swordf1sh\"\n}")},
		{"bytes of the name of a variable", 119, fill("variable \"", "x", "_password\" {\ndefault = \"swordf1sh\"\n}")},
		{"words between a label and the next line", 31, fill("Password", " x", ":\nswordf1sh\n")},
		{"blanks between a name and its cell", 60, fill("password", " ", "swordf1sh")},
		{"bytes of a value that a log masks", 65535, fill("::add-mask::", "x", "swordf1sh")},
		{"bytes of a value with blanks", 188, fill("x \"password=a ", "x", " swordf1sh\" y")},
		{"bytes of braces below a name", 65526, fill("password: {a: 1,", " ", "b: swordf1sh}")},
		{"bytes of an element below a name", 65502, fill("a <password><a>1</a>", " ", "<b>swordf1sh</b></password>")},
		{"lines of a section", 32764, fill("[secrets]\n", "#\n", "b = swordf1sh\n")},
		{"bytes of a tag between its name and its value", 974, fill("<input name=password class='", "x", "' value='swordf1sh'>")},
		{"bytes of a tag between its value and its name", 967, fill("<input value='swordf1sh' class='", "x", "' name=password>")},
		{"bytes of JSON between a value and its name", 1003, fill(`{"value":"swordf1sh","a":"`, "x", `","name":"password"}`)},
		{"bytes of JSON between rows and the names of their columns", 65506,
			fill(`{"rows":[["ann","swordf1sh"]],"a":"`, "x", `","columns":["user","password"]}`)},
		{"bytes of a type between a name and its value", 23, fill("let password: Option<", "X", "String> = \"swordf1sh\";")},
		{"bytes of the name of a column", 39, fill("a,b", "x", ",password\n1,2,swordf1sh\n")},
		{"bytes of the columns of a statement", 986, fill("INSERT INTO t (a", "x", ", password) VALUES (1, 'swordf1sh')")},
		{"bytes of the rows of a statement", 1048561, fill("INSERT INTO t (a, password) VALUES (1, 'x'),", " ", "(2, 'swordf1sh')")},
		{"bytes of a table of HTML", 1048541, fill("<table><tr><th>a<th>password<tr><td>1", "x", "<td>swordf1sh</table>")},
		{"bytes of GraphQL before a variable", 65512, fill(`{"query":"query{a(x:\"`, "x", `\",password:$p)}","variables":{"p":"swordf1sh"}}`)},
		{"blanks after a user's name", 83, fill("login ann", " ", "/ swordf1sh")},
		{"blanks before a user's name", 79, fill("credentials are ", " ", "ann / swordf1sh")},
		{"bytes of the name of a value of the registry", 119, fill("x", "x", "Password REG_SZ swordf1sh")},
		{"bytes of the line before the key of a stream", 990, fill("a=crypto:1 ", "x", " inline:swordf1shswordf1sh")},
		{"bytes of the line before IDENTIFY", 989, fill("PRIVMSG NickServ ", "x", " :IDENTIFY swordf1sh")},
		{"bytes of the columns of a selection", 973, fill("SELECT a", "x", ", 'swordf1sh' AS password")},
		{"bytes of the first argument of a procedure", 981, fill("EXEC sp_addlogin 'ann", "x", "', 'swordf1sh'")},
		{"bytes of the name of a network", 987, fill("WIFI:T:WPA;S:", "x", ";P:swordf1sh;;")},
		{"bytes of the rules of a user", 990, fill("ACL SETUSER ann", "x", " on >swordf1sh")},
		{"bytes of the parameters of a scheme", 4077, fill("Authorization: Digest a=\"", "x", "\", b=\"swordf1sh\"")},
		{"bytes between a label and its field", 370, fill("<label>Password</label><i class='", "x", "'></i><input value='swordf1sh'>")},
		{"bytes of YAML between a name and its value", 975, fill("- name: password\n  a: ", "x", "\n  value: swordf1sh\n")},
		{"bytes of YAML between a value and its name", 972, fill("- value: swordf1sh\n  a: ", "x", "\n  name: password\n")},
		{"bytes of a query between a name and its value", 981, fill("x?name=password&a=", "x", "&value=swordf1sh")},
		{"bytes of a query between a value and its name", 978, fill("x?value=swordf1sh&a=", "x", "&name=password")},
		{"bytes in brackets after a name", 127, fill("password[", "x", "]=swordf1sh")},
		{"brackets after a name", 32, fill("password", "[a]", "=swordf1sh")},
		{"bytes of a password beside a user in a link", 2038, fill("x?user=ann&clave=", "x", "swordf1sh")},
		{"bytes of a name", 119, fill("", "x", "_password=swordf1sh")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := func(n int) bool {
				got := red.Text(tt.text(n))
				return !strings.Contains(got, "swordf1sh") && !strings.Contains(got, "482913") && !strings.Contains(got, "MFRG")
			}
			if !found(tt.bound) || found(tt.bound+1) {
				t.Errorf("%d: %t, %d: %t", tt.bound, found(tt.bound), tt.bound+1, found(tt.bound+1))
			}
		})
	}
}
