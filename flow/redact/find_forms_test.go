package redact_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
)

// secretHere is the secret in the tests below. Only its position reveals that it is one.
const secretHere = "swordfish7x"

// TestForms redacts values in notations that separate them from their names in different ways.
func TestForms(t *testing.T) {
	for _, tt := range []struct{ contentType, body string }{
		{"application/json", `{"password":{"value":"swordfish7x"}}`},
		{"application/json", `{"headers":[["Authorization","Bearer swordfish7x"]]}`},
		{"application/json", `{"cmd":"curl -u bob:swordfish7x https://x.example"}`},
		{"application/json", `{"cmd":"curl -s --user 'bob:swordfish7x' https://x.example"}`},
		{"application/json", `{"cmd":"tool --password swordfish7x -h x"}`},
		{"application/json", `{"cmd":"tool --api-key \"swordfish7x\""}`},
		{"application/json", `{"message":"got Bearer swordfish7x, which has ended"}`},
		{"application/xml", `<a><password><![CDATA[swordfish7x]]></password></a>`},
		{"application/xml", `<entry key="password">swordfish7x</entry>`},
		{"application/xml", `<string name="api_key"><![CDATA[swordfish7x]]></string>`},
		{"application/xml", "<dict><key>api_key</key>\n\t<string>swordfish7x</string></dict>"},
		{"application/xml", `<property name="db.password" value="swordfish7x"/>`},
		{"text/html", `<input value="swordfish7x" name="authenticity_token" type="hidden">`},
		{"text/html", `<input value='swordfish7x' id='csrf_token'>`},
		{"text/html", `<meta name="csrf-token" content="swordfish7x">`},
		{"text/html", `<meta content="swordfish7x" name="csrf-token">`},
		{"text/html", `<div data-cfg="{&quot;token&quot;:&quot;swordfish7x&quot;}">`},
		{"text/html", `<a href="/login?next=%2Fcb%3Ftoken%3Dswordfish7x%26a%3D1">`},
		{"text/html", `<a href="/login?next=%252Fcb%253Ftoken%253Dswordfish7x%2526a%253D1">`},
		{"text/event-stream", "event: a\ndata: {\"token\":\ndata: \"swordfish7x\"}\n\n"},
		{"text/csv", "name,password\nbob,swordfish7x\n\"a,b\",swordfish7x\n"},
		{"text/tab-separated-values", "name\tapi_key\nbob\tswordfish7x\n"},
		{"application/json", `["password","swordfish7x"]`},
		{"application/json", `[["password","swordfish7x"],["user","bob"]]`},
		{"application/json", `{"headers":[["X-Token","swordfish7x"],["Accept","*/*"]]}`},
		{"application/json", `[["user","password"],["bob","swordfish7x"]]`},
		{"application/json", `{"columns":["id","user","password"],"rows":[[1,"bob","swordfish7x"],[2,"joe","swordfish7x"]]}`},
		{"application/json", `{"type":"password","value":"swordfish7x"}`},
		{"application/json", `{"value":"swordfish7x","temporary":true,"type":"password"}`},
		{"application/json", `{"name":"a","type":"password","value":"swordfish7x"}`},
		{"application/json", `{"label":"Password","value":"swordfish7x"}`},
		{"application/json", `{"field":"password","old_value":"swordfish7x","new_value":"swordfish7x"}`},
		{"application/json", `{"manifest":"env:\n- name: DB_PASSWORD\n  value: swordfish7x\n"}`},
		{"application/json", `{"sql":"CREATE USER 'a'@'b' IDENTIFIED BY 'swordfish7x'"}`},
		{"application/json", `{"a":1,"pass\u0077ord":"swordfish7x`},
		{"application/yaml", "env:\n- name: DB_PASSWORD\n  value: swordfish7x\n- name: a\n  value: b\n"},
		{"application/yaml", "env:\n  - value: \"swordfish7x\"\n    name: DB_PASSWORD\n"},
		{"application/yaml", "env:\n- {name: DB_PASSWORD, value: swordfish7x}\n"},
		{"application/yaml", "- name: password\n  value: |\n    swordfish7x\n"},
		{"application/yaml", "\"pass\\x77ord\": \"swordfish7x\"\n"},
		{"application/yaml", "'a': 1\n\"pass\\u0077ord\": swordfish7x\n"},
		{"application/yaml", "? password\n: swordfish7x\n"},
		{"application/x-www-form-urlencoded", "name=password&value=swordfish7x"},
		{"application/x-www-form-urlencoded", "env%5B0%5D%5Bvalue%5D=swordfish7x&env%5B0%5D%5Bname%5D=password&env%5B1%5D%5Bname%5D=a"},
		{"application/xml", "<param><type>password</type><value>swordfish7x</value></param>"},
		{"text/html", "<script>x={name:\"password\",value:\"swordfish7x\"}</script>"},
		{"text/html", "<table><tr><th>user</th><th>password</th></tr><tr><td>bob</td><td>swordfish7x</td></tr></table>"},
		{"text/html", "<TABLE>\n<TR>\n<TD><b>Password:</b></TD>\n<TD><code>swordfish7x</code></TD></TR></table>"},
		{"text/html", "<table><thead><tr><th>Name<th>Value<tbody><tr><td>a<td>b<tr><td>password<td>swordfish7x</table>"},
		{"text/markdown", "| user | password |\n| --- | --- |\n| bob | swordfish7x |\n"},
		{"text/markdown", "| Setting | Default | Value |\n|:-:|---|---|\n| `password` | none | swordfish7x |\n"},
		{"text/plain", "+------+----------+\n| user | password |\n+------+----------+\n| bob  | swordfish7x |\n+---+---+\n"},
		{"text/plain", " id | password \n----+----------\n  1 | swordfish7x\n(1 row)\n"},
		{"text/plain", "| password | swordfish7x |"},
		{"text/csv", "key,value\npassword,swordfish7x\n"},
		{"text/csv", "user;password\nbob;swordfish7x\n"},
		{"text/plain", "user,password\r\n\"a, \"\"b\",swordfish7x\r\n"},
		{"text/plain", "mysql -u root -pswordfish7x db"},
		{"text/plain", "/usr/bin/mysqldump -u root -p'swordfish7x' db"},
		{"text/plain", "sshpass -p swordfish7x ssh x; docker login -u bob -p swordfish7x"},
		{"text/plain", "sudo redis-cli -a swordfish7x ping && zip -P swordfish7x a b"},
		{"text/plain", "ALTER ROLE x WITH ENCRYPTED PASSWORD 'swordfish7x'; SET PASSWORD FOR x = PASSWORD('swordfish7x')"},
		{"text/plain", "ALTER USER x IDENTIFIED WITH caching_sha2_password BY 'swordfish7x'"},
		{"text/plain", "machine x login bob password swordfish7x\n"},
		{"text/plain", "the password is swordfish7x.\n"},
		{"text/plain", "Your token is: swordfish7x"},
	} {
		t.Run(tt.contentType, func(t *testing.T) {
			got := string(red.Body(tt.contentType, []byte(tt.body)))
			if strings.Contains(got, secretHere) || !strings.Contains(got, "[redacted:secret:") {
				t.Errorf("%s: %s", tt.body, got)
			}
			if again := string(red.Body(tt.contentType, []byte(got))); again != got {
				t.Errorf("%s: redacting twice differs from once: %s, %s", tt.body, got, again)
			}
		})
	}
	for _, text := range []string{"Your verification code is 482913", "your login code is: 482 913",
		"OTP is 482913.", "The pin is 4829"} {
		if got := red.Text(text); strings.Contains(got, "is 482") || !strings.Contains(got, "[redacted:") {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestFormsKept keeps values in similar notations that are not secrets.
func TestFormsKept(t *testing.T) {
	for _, tt := range []struct{ contentType, body string }{
		{"text/plain", "the bearer of this letter; Bearer tokens are sent in a header, bearer authentication"},
		{"text/plain", "the password must have 8 characters, a password manager helps; token 5 of 7, secret santa 2026"},
		{"text/plain", "the error code is 404512; status code is 2000, the country code is 0049"},
		{"text/plain", "docker run -u 1000:1000 x; ls -l --color auto; tool --password-file a.txt --name swordfish7x; tool --password $PASSWORD"},
		{"application/json", `{"token":{"type":"bearer","kind":"access"},"required":["password","swordfish"],"list":["password","email"]}`},
		{"application/json", `{"type":{"value":"swordfish7x"},"name":{"value":"password"}}`},
		{"application/xml", `<entry key="color">red</entry><key>name</key><string>swordfish7x</string><name>password</name>`},
		{"text/html", `<input name="q" value="swordfish7x"><meta name="description" content="swordfish7x"><input type="password" name="p">`},
		{"text/html", `<a href="/x?next=%2Fa%3Fpage%3D2">50%25 off</a>`},
		{"text/event-stream", "data: {\"a\":\ndata: 1}\n\n"},
		{"text/csv", "name,tokens\nbob,12\n"},
		{"application/json", `{"a":["password","username"],"b":["token","name"],"c":["password","totp","sms"],"scopes":["password","calendar"]}`},
		{"application/json", `{"type":"token","value":"while"}`},
		{"application/json", `{"fields":["id","name"],"rows":[[1,"a"]],"columns":["password"],"more":[["a"]]}`},
		{"text/markdown", "| Parameter | Type | Meaning |\n| --- | --- | --- |\n| password | string | of the user |\n| token | string | of the session |\n"},
		{"text/markdown", "| Field | Description |\n| --- | --- |\n| password | of the user |\n"},
		{"text/html", "<table><tr><th>Field<th>Type<th>Note<tr><td>password<td>string<td>of the user</table>"},
		{"text/plain", "mkdir -p build; ssh -p 2222 host; docker run -p 8080:80 x; cp -pr a b; patch -p1; ps -p 17 | grep -w x"},
		{"text/plain", "sorted by 'name', ordered by x, password for the user, IDENTIFIED BY ?, passwords 'a'"},
		{"text/plain", "name: bob\nvalue: 17\n"},
		{"text/plain", "Please enter user, password and code\nthen press enter, or wait\n"},
		{"text/plain", "getUserAccountRecoverySettingsByOrganizationIdentifierAndLocale"},
	} {
		t.Run(tt.contentType, func(t *testing.T) {
			if got := string(red.Body(tt.contentType, []byte(tt.body))); got != tt.body {
				t.Errorf("%s: %s", tt.body, got)
			}
		})
	}
}

// TestHeaderForms redacts headers to which the rule for the last word of a name does not apply.
func TestHeaderForms(t *testing.T) {
	for _, h := range []flow.Field{
		{Name: "X-2FA-Code", Value: secretHere}, {Name: "X-Service-Key", Value: secretHere},
		{Name: "Authentication", Value: secretHere},
		{Name: "Sec-WebSocket-Protocol", Value: "bearer, " + secretHere},
		{Name: "Sec-WebSocket-Protocol", Value: "graphql-ws,access_token," + secretHere},
		{Name: "X-Forwarded-Uri", Value: "/a?token=" + secretHere},
		{Name: "Link", Value: "</a?access_token=" + secretHere + ">; rel=next"},
	} {
		if got := red.HeaderValue(h.Name, h.Value); strings.Contains(got, secretHere) ||
			red.HeaderValue(h.Name, got) != got {
			t.Errorf("%s: %s", h.Name, got)
		}
	}
	for _, h := range []flow.Field{{Name: "Sec-WebSocket-Protocol", Value: "graphql-transport-ws, json"},
		{Name: "Idempotency-Key", Value: secretHere}} {
		if got := red.HeaderValue(h.Name, h.Value); got != h.Value {
			t.Errorf("%s: %s", h.Name, got)
		}
	}
	if !redact.IsSensitive("SAMLResponse", secretHere) {
		t.Error("a SAML assertion is kept")
	}
}
