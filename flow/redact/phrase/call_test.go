package phrase

import "testing"

// TestCallsThatLogIn checks which calls and messages take a password, and where.
func TestCallsThatLogIn(t *testing.T) {
	for _, tt := range []struct {
		question string
		is       func(string) bool
		yes, no  []string
	}{
		{"a login", IsLogin,
			[]string{"login", "SetBasicAuth", "s.login", "sign_in", "log_in", "signIn", "User.logIn", "Credentials.basic",
				"AwsBasicCredentials.create",
				"PlainTextAuthProvider", "WiFi.begin", "getConnection"},
			[]string{"", "in", "check_in", "checkIn", "Colors.basic", "create", "tx.begin", "begin", "logins", "loginCount", "List.of", "DataProvider"}},
		{"a message that logs in", LogsIn,
			[]string{"auth", "public/auth", "server.sign", "LOGIN", "logon", "sign_in", "authKeyExpires", "authorize",
				"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_auth"},
			[]string{"", "signal", "check_in", "logout", "subscribe", "myAuthKeyX", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_auth"}},
		{"a call of an object", CallsObject, []string{"execute", "execute_kw"}, []string{"", "executes", "Execute"}},
		{"a call that may take a key", MayTakeKey, []string{"jwt.sign", "hmac.new"}, []string{"", "hmac", "sign"}},
	} {
		for want, list := range map[bool][]string{true: tt.yes, false: tt.no} {
			for _, v := range list {
				if tt.is(v) != want {
					t.Errorf("%q is %s: %t", v, tt.question, !want)
				}
			}
		}
	}
	for method, want := range map[string]int{
		"walletpassphrase": 1, "Wallet.WalletPassphrase": 1, "login": 2, "user.signIn": 2, "personal_unlockAccount": 2, "unlock": 2,
		"": 0, "walletpassphrasechange": 0, "unlocked": 0, "getinfo": 0,
	} {
		if got := PasswordParam(method); got != want {
			t.Errorf("%s: %d, want %d", method, got, want)
		}
	}
}

// TestCall finds secrets in the arguments of calls.
func TestCall(t *testing.T) {
	checkFinder(t, Call, []string{
		`‹setPassword›("«sword1»")`, `‹user.setPassword›( "«sword1»" )`, `‹define›('DB_PASSWORD', '«swordfish»')`, `‹setItem›("token",
		"«swordfish»")`,
		`‹login›("ann", "«sword1»")`, `‹createUser›(54,"ann","«sword1»")`, `‹setPassword›(@"«sword1»")`,
		`‹getConnection›(url, "ann", "«sword1»")`,
		`‹connect›("host", "ann", "«sword1»", "db")`,
		`‹PASSWORD›('«swordfish»')`,
		`‹createUser›("ann", "«sword1»")`, `‹password.equals›("«swordfish»")`, `‹crypt›('«sword1»', gen_salt('bf'))`,
		`‹get›('#password').type('«swordfish»')`,
		`‹find_element›(By.ID, "password").send_keys("«swordfish»")`, `‹jwt.sign›({a: 1}, "«sword1»", "HS256")`,
		`‹hmac.new›(b"«sword1»", body)`,
		`‹resValue›("string", "api_key", "«sword1»")`, `‹auth›("ann", "«swordfish»")`,
		`‹getPassword›("sword1")`, `‹setColor›("sword1")`, `‹setPassword›("swordfish")`, `‹setPassword›("swor1", 2)`, `‹setPassword›()`,
		`‹setPassword›("sword1`,
		`‹setPassword›("a {b} 1")`, `‹login›("ann", "swordfish")`, `‹login›("sword1")`, `‹log›("token", "swordfish")`,
		`‹setItem›("token",
		"bearer")`,
		`‹color.equals›("swordfish")`, `‹password.length›("swordfish")`, `‹get›('#password').click('swordfish')`, `‹get›('#password')`,
		`‹jwt.sign›({a: 1}, key, "HS256")`, `‹jwt.parse›("sword1")`, `‹connect›("host", "ann")`,
	})
}
