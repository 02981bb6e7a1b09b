package redact_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestNamesBesideMembers checks each name in JSON beside which a member with a harmless name is a
// secret, before and after it.
func TestNamesBesideMembers(t *testing.T) {
	const key = "Zx9Qr4kT7wYp2LmN"
	for _, tt := range []struct{ member, value, beside string }{
		{"p", "x7w9q2", "u user username login"}, {"key", "x1y2z3w4", "ssid SSID"}, {"sk", "swordfish", "ak"},
		{"sign", key, "apiKey api_key KEY accessKey"}, {"SIGN", key, "apiKey api_key KEY accessKey"},
		{"AccountKey", "swordfish", "AccountName accountName"}, {"accountKey", "swordfish", "AccountName accountName"},
		{"clave", "ABC123", "usuario user username login correo rut"},
		{"community", "swordfish", "snmp SNMP snmpVersion"},
	} {
		for beside := range strings.FieldsSeq(tt.beside) {
			for _, text := range []string{`{%[1]q:true,%[2]q:"«%[3]s»"}`, `{%[2]q:"«%[3]s»",%[1]q:true}`} {
				checkJSON(t, fmt.Sprintf(text, beside, tt.member, tt.value))
			}
		}
		checkJSON(t, fmt.Sprintf(`{"color":"a",%q:%q}`, tt.member, tt.value))
		checkJSON(t, fmt.Sprintf(`[{"x":{%q:true}},{%q:%q}]`, strings.Fields(tt.beside)[0], tt.member, tt.value))
	}
	for _, version := range []string{"2c", "v2c"} {
		checkJSON(t, `{"version":"`+version+`","community":"«swordfish»"}`)
	}
	checkJSON(t, `{"clave":"«k7x9m2w4»"}`)
	checkJSON(t, `{"clave":"«abcdefgh»"}`)
	checkJSON(t, `{"clave":"abcdefgh","nombre":"a"}`)
	for _, product := range strings.Fields("valor value descripcion tipo catalogo categoria") {
		checkJSON(t, fmt.Sprintf(`{"clave":"k7x9m2w4","%s":"a"}`, product))
	}
}

// TestPrivateMembers checks each member of a JSON Web Key that is private or public.
func TestPrivateMembers(t *testing.T) {
	for _, kind := range []string{`{"kty":"RSA",%q:%s}`, `{%q:%s,"kty":"RSA"}`} {
		for name := range strings.FieldsSeq("d p q dp dq qi k r t") {
			checkJSON(t, fmt.Sprintf(kind, name, `"«swordfish»"`))
		}
		checkJSON(t, fmt.Sprintf(kind, "oth", `[{"r":"«swordfish»"}]`))
		for name := range strings.FieldsSeq("n x y e kid alg") {
			checkJSON(t, fmt.Sprintf(kind, name, `"swordfish"`))
		}
		for name := range strings.FieldsSeq("n x y") { // of a public key
			checkJSON(t, fmt.Sprintf(kind, name, `"`+letters(40)+`"`))
		}
	}
	checkJSON(t, `{"kind":"RSA","d":"swordfish","x":"«`+letters(40)+`»"}`)
}

// TestNamesOfStatements checks each member that has a statement, and each that has its values, in
// both orders.
func TestNamesOfStatements(t *testing.T) {
	for statement := range strings.FieldsSeq("query sql statement stmt cypher") {
		checkJSON(t, fmt.Sprintf(`{%q:"UPDATE t SET a = $1, password = $2","args":["ann","«swordfish»"]}`, statement))
	}
	for values := range strings.FieldsSeq("variables params parameters bindings binds args values") {
		checkJSON(t, fmt.Sprintf(`{"sql":"UPDATE t SET a = $1, password = $2",%q:["ann","«swordfish»"]}`, values))
		checkJSON(t, fmt.Sprintf(`{%q:["ann","«swordfish»"],"sql":"UPDATE t SET a = $1, password = $2"}`, values))
		checkJSON(t, fmt.Sprintf(`{"query":"mutation($p: String!){login(password: $p)}",%q:{"p":"«swordfish»","q":"ann"}}`, values))
	}
	checkJSON(t, `{"text":"UPDATE t SET a = $1, password = $2","args":["ann","swordfish"]}`)
	checkJSON(t, `{"sql":"UPDATE t SET a = $1, password = $2","rest":["ann","swordfish"]}`)
	checkJSON(t, `{"sql":"UPDATE t SET a = $1, color = $2","args":["ann","swordfish"]}`)
}

// TestNamesOfLogins checks each member that says what a message does, and each that has the tokens
// of a message that logs in.
func TestNamesOfLogins(t *testing.T) {
	const token = "q8Zt3Kx9Lm2Vb7Nc5RwY"
	for action := range strings.FieldsSeq("op t action type event cmd command method msg req request target") {
		checkJSON(t, fmt.Sprintf(`{%q:"auth","args":["«%s»"]}`, action, token))
		checkJSON(t, fmt.Sprintf(`{"args":["«%s»"],%q:"auth"}`, token, action))
	}
	for content := range strings.FieldsSeq("args arguments params data payload body content d") {
		checkJSON(t, fmt.Sprintf(`{"op":"auth",%q:["«%s»",12]}`, content, token))
		checkJSON(t, fmt.Sprintf(`{"op":"auth",%q : "«%s»"}`, content, token))
		checkJSON(t, fmt.Sprintf(`{%q:"«%s»","op":"auth"}`, content, token))
		checkJSON(t, fmt.Sprintf(`{"op":"auth",%q:{"note":"%s"}}`, content, token))
		checkJSON(t, fmt.Sprintf(`{"op":"print",%q:["%s"]}`, content, token))
	}
	checkJSON(t, `{"op":"auth","rest":["`+token+`"]}`)
	checkJSON(t, `{"note":"auth","args":["`+token+`"]}`)
}

// TestNamesOfTables checks each member that lists the names of columns, and each that has rows, in
// both orders.
func TestNamesOfTables(t *testing.T) {
	for names := range strings.FieldsSeq("columns fields headers header head names keys cols columnNames column_names schema meta") {
		checkJSON(t, fmt.Sprintf(`{%q:["user","password"],"rows":[["ann","«swordfish»"]]}`, names))
		checkJSON(t, fmt.Sprintf(`{"rows":[["ann","«swordfish»"]],%q:["user","password"]}`, names))
		checkJSON(t, fmt.Sprintf(`{%q:["password"],"rows":[["«swordfish»"]]}`, names))
		checkJSON(t, fmt.Sprintf(`{%q:[{"name":"user"},{"name":"password"}],"rows":[["ann","«swordfish»"]]}`, names))
	}
	for rows := range strings.FieldsSeq("rows records body values data record") {
		checkJSON(t, fmt.Sprintf(`{%q:[["ann","«swordfish»"]],"columns":["user","password"]}`, rows))
		checkJSON(t, fmt.Sprintf(`{"columns":["user","password"],%q:[["ann","«swordfish»"]]}`, rows))
		checkJSON(t, fmt.Sprintf(`{"columns":["password"],%q:[["«swordfish»"]]}`, rows))
	}
	for row := range strings.FieldsSeq("values row data cells record tuple") {
		checkJSON(t, fmt.Sprintf(`{"columns":["user","password"],"rows":[{%q:["ann","«swordfish»"]}]}`, row))
		checkJSON(t, fmt.Sprintf(`{"columns":["user","password"],%q:["ann","«swordfish»"]}`, row))
		checkJSON(t, fmt.Sprintf(`{%q:["ann","«swordfish»"],"columns":["user","password"]}`, row))
	}
	for _, text := range []string{
		`{"required":["user","password"],"rows":[["ann","swordfish"]]}`, `{"columns":["user","password"],"notes":["ann","swordfish"]}`,
		`{"rows":["ann","swordfish"],"columns":["user","password"]}`, `{"columns":["user","color"],"rows":[["ann","swordfish"]]}`,
		`{"columns":["user","password"],"rows":[["ann"]],"next":"swordfish"}`, `{"columns":["user","password",12],"rows":[["ann","swordfish"]]}`,
	} {
		checkJSON(t, text)
	}
}

// checkJSON redacts JSON: exactly what is between « and ».
func checkJSON(t *testing.T, marked string) {
	t.Helper()
	checkMarked(t, marked, marked, string(red.JSON([]byte(strings.NewReplacer("«", "", "»", "").Replace(marked)))))
}

// TestFlattenedLists checks how members refer to elements of the list around them: only forward, by
// whole numbers, up to 10,000 elements, in lists that are not too deep.
func TestFlattenedLists(t *testing.T) {
	checkJSON(t, `[{"user":1,"token":2},"ann","«swordfish»"]`)
	checkJSON(t, `[{"_1":2},"token","«swordfish»"]`)
	checkJSON(t, `[{"_1":2},"color","swordfish"]`)
	checkJSON(t, `[{"_9":2},"token","swordfish"]`)
	checkJSON(t, `[{"_":2},"token","swordfish"]`)
	checkJSON(t, `[{"_-1":2},"token","swordfish"]`)
	checkJSON(t, `[ {"token" : 1} , "«swordfish»" ]`)
	checkJSON(t, `[{"token":«1»},{"a":"swordfish"}]`)
	checkJSON(t, `["swordfish",{"token":«0»}]`)
	checkJSON(t, `[{"token":«9»},"swordfish"]`)
	checkJSON(t, `[{"token":«-1»},"swordfish"]`)
	checkJSON(t, `[{"token":«1.0»},"swordfish"]`)
	checkJSON(t, `{"a":{"token":«1»},"b":"swordfish"}`)
	checkJSON(t, `[{"token":1},"«swordfish»`)
	for n, hidden := range map[int]bool{9999: true, 10000: false} {
		text := fmt.Sprintf(`[{"token":%d}%s,"swordfish"]`, n, strings.Repeat(",1", n-1))
		if got := string(red.JSON([]byte(text))); strings.Contains(got, "swordfish") == hidden {
			t.Errorf("element %d: %.100s", n, got)
		}
	}
	for n, hidden := range map[int]bool{16: true, 17: false} {
		text := strings.Repeat("[", n) + `[{"a":1,"token":2},"ann","swordfish"]` + strings.Repeat("]", n)
		if got := string(red.JSON([]byte(text))); strings.Contains(got, "swordfish") == hidden {
			t.Errorf("in %d lists: %s", n, got)
		}
	}
}
