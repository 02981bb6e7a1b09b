package certs

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// restrict leaves a file to its owner, the system and its administrators, whatever its folder grants: Windows has no
// modes, and a new file takes over the folder's list of who may read it.
func restrict(path string) error {
	sids, err := keepers()
	if err != nil {
		return err
	}
	var entries []windows.EXPLICIT_ACCESS
	for _, sid := range sids {
		entries = append(entries, windows.EXPLICIT_ACCESS{
			AccessPermissions: windows.GENERIC_ALL,
			AccessMode:        windows.GRANT_ACCESS,
			Inheritance:       windows.NO_INHERITANCE,
			Trustee:           windows.TRUSTEE{TrusteeForm: windows.TRUSTEE_IS_SID, TrusteeValue: windows.TrusteeValueFromSID(sid)},
		})
	}
	list, err := windows.ACLFromEntries(entries, nil)
	if err != nil {
		return err
	}
	// Protected: the folder's list is not inherited.
	what := windows.SECURITY_INFORMATION(windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION)
	return windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, what, nil, nil, list, nil)
}

// private returns ErrKeyExposed when anybody else may use the file.
func private(path string) error {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return err
	}
	list, _, err := sd.DACL()
	if err != nil {
		return err
	}
	if list == nil { // everybody may do everything
		return ErrKeyExposed
	}
	sids, err := keepers()
	if err != nil {
		return err
	}
	for i := range uint32(list.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(list, i, &ace); err != nil {
			return err
		}
		if ace.Header.AceType == windows.ACCESS_ALLOWED_ACE_TYPE && !oneOf((*windows.SID)(unsafe.Pointer(&ace.SidStart)), sids) {
			return ErrKeyExposed
		}
	}
	return nil
}

// keepers are who may read a key: its user, and those whom nothing can be kept from.
func keepers() ([]*windows.SID, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, err
	}
	out := []*windows.SID{user.User.Sid}
	for _, kind := range []windows.WELL_KNOWN_SID_TYPE{windows.WinLocalSystemSid, windows.WinBuiltinAdministratorsSid} {
		sid, err := windows.CreateWellKnownSid(kind)
		if err != nil {
			return nil, err
		}
		out = append(out, sid)
	}
	return out, nil
}

func oneOf(sid *windows.SID, sids []*windows.SID) bool {
	for _, s := range sids {
		if sid.Equals(s) {
			return true
		}
	}
	return false
}
