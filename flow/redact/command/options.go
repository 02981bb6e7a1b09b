package command

import "strings"

// part tells which part of a value is the password.
type part uint8

const (
	whole       part = iota
	afterColon       // name:SECRET
	afterBar         // name%SECRET
	afterComma       // name,SECRET
	afterEquals      // name=SECRET
)

// of returns where the password is in the value at k. ok is false if the value has none.
func (p part) of(value string, k int) (start, end int, ok bool) {
	from := 0
	if p != whole {
		at := strings.IndexByte(value, "\x00:%,="[p])
		if at <= 0 {
			return 0, 0, false
		}
		from = at + 1
	}
	return k + from, k + len(value), len(value) > from
}

// manner tells how a value stands after an option of one letter.
type manner uint8

const (
	separate manner = 1 << iota // -p SECRET, -p=SECRET
	attached                    // -pSECRET
	combined                    // -vp SECRET
)

// shortOption is an option of one letter.
type shortOption struct {
	letter   byte
	programs []string
	how      manner
	part     part
}

// shortOptions are the options whose values are passwords, by their letters.
var shortOptions = func() (t [256][]shortOption) {
	for _, o := range []shortOption{
		{'p', []string{"mysql", "mariadb", "mytop", "7z", "7za", "7zz", "rar", "unrar"}, attached, whole},
		{'p', []string{"sshpass", "login", "hydra", "cqlsh", "rdesktop", "psexec", "smbmap", "mcrcon", "ncftp"}, separate | attached, whole},
		{'p', []string{"mongo", "svn", "evil-winrm", "useradd", "usermod", "netexec", "crackmapexec", "nxc", "racadm", "unlock-keychain", "create-keychain"}, separate, whole},
		{'P', []string{"mosquitto", "zip", "unzip", "sqlcmd", "osql", "isql", "bcp", "ipmitool", "knife"}, separate | attached, whole},
		{'P', []string{"ssh-keygen"}, separate, whole},
		{'N', []string{"ssh-keygen"}, separate, whole},
		{'a', []string{"redis-cli", "valkey-cli", "keydb-cli"}, separate, whole},
		{'w', []string{"ldap"}, separate | attached, whole},
		{'w', []string{"kadmin", "security"}, separate, whole},
		{'s', []string{"ldappasswd"}, separate, whole},
		{'k', []string{"openssl"}, separate, whole},
		{'c', []string{"snmp"}, separate, whole},
		{'A', []string{"snmp"}, separate, whole},
		{'X', []string{"snmp"}, separate, whole},
		{'u', []string{curl}, separate | attached | combined, afterColon},
		{'U', []string{curl}, separate | attached | combined, afterColon},
		{'E', []string{curl}, separate | attached | combined, afterColon},
		{'b', []string{curl}, separate | attached | combined, afterEquals},
		{'b', []string{"secret"}, separate, whole},
		{'a', []string{"http", "https", "xh", "xhs", "hey"}, separate | attached, afterColon},
		{'A', []string{"ab"}, separate | attached, afterColon},
		{'P', []string{"ab"}, separate | attached, afterColon},
		{'U', []string{"smbclient", "winexe", "rpcclient", "net", "smbget", "smbcacls"}, separate | attached, afterBar},
		{'y', []string{"nsupdate", "dig", "kdig"}, separate | attached, afterColon},
		{'u', []string{"lftp"}, separate | attached, afterComma},
	} {
		t[o.letter] = append(t[o.letter], o)
	}
	return t
}()

// pairOptions are the long options whose values are a name and a password.
var pairOptions = [...]struct {
	name     string
	programs []string
	part     part
}{
	{"user", []string{curl}, afterColon},
	{"proxy-user", []string{curl}, afterColon},
	{"cert", []string{curl}, afterColon},
	{"proxy-cert", []string{curl}, afterColon},
	{"cookie", []string{curl}, afterEquals},
	{"auth", []string{"http", "https", "xh", "xhs"}, afterColon},
	{"proxy-auth", []string{"ncat", "nmap"}, afterColon},
	{"user", []string{"smbclient", "winexe", "rpcclient"}, afterBar},
	{"user", []string{"etcdctl"}, afterColon},
	{"from-literal", []string{"kubectl", "oc"}, afterEquals},
	{"value", []string{"put-parameter", "keyvault"}, whole},
	{"body", []string{"secret"}, whole},
	{"base64", []string{"virsh"}, whole},
	{"ftp-account", []string{curl}, whole},
}

// takesPW are the programs that take a password after -pw: those of PuTTY, and commands of kadmin.
var takesPW = []string{"plink", "pscp", "psftp", "putty", "addprinc", "ank", "cpw", "add_principal", "change_password"}
