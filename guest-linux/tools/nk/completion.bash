# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
# Completion of nk for bash, from what this VM may see.

# Ids and names of VMs: a name follows its id, which may have the * of this VM.
_nk_vms()
{
	nk list 2>/dev/null | awk 'NR > 1 { sub(/\*/, "", $1); print $1; print $2 }'
}

# The properties there are.
_nk_props()
{
	local file

	for file in "${NK_SYS:-/sys/nk}"/prop/*; do
		[[ -e $file ]] && echo "${file##*/}"
	done
}

# What may stand behind `prop`, by what stands there already.
_nk_prop()
{
	case ${1-} in
	'') echo "get set list watch" ;;
	get) echo "--hex --raw $(_nk_props)" ;;
	set) echo "--hex --u8 --u16 --u32 --u64 --file $(_nk_props)" ;;
	watch) echo "--count --timeout --interval $(_nk_props)" ;;
	esac
}

# The physical CPUs that may be given to another VM, by their numbers.
_nk_cpus()
{
	nk cpu list 2>/dev/null | awk 'NR > 1 && $2 != "-" { print $1 }'
}

# What may stand behind `cpu`, by what stands there already.
_nk_cpu()
{
	case $# in
	0) echo "list give" ;;
	1) [[ $1 == give ]] && echo "--wait $(_nk_cpus)" ;;
	*) [[ $1 == give ]] && echo "--wait $(_nk_vms)" ;;
	esac
}

# Files, as the last word goes on.
_nk_files()
{
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_nk()
{
	local commands="list info start stop restart shutdown suspend resume focus cpu dump top stat trace prop links console help"
	local word=${COMP_WORDS[COMP_CWORD]} words=() said="" i

	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] || words+=("${COMP_WORDS[i]}")
	done
	case ${words[0]-} in
	'') said="$commands --json --version --help" ;;
	info | focus) said=$(_nk_vms) ;;
	start | stop | restart | shutdown | suspend | resume) said="--wait $(_nk_vms)" ;;
	cpu) said=$(_nk_cpu "${words[@]:1}") ;;
	dump)
		# Behind the VM, a file.
		if [[ -n ${words[1]-} ]]; then
			_nk_files "$word"
			return
		fi
		said=$(_nk_vms)
		;;
	top) said="--once --delay -d" ;;
	stat) [[ -n ${words[1]-} ]] || said=$(_nk_vms) ;;
	trace)
		if [[ ${words[1]-} == dump ]]; then
			_nk_files "$word"
			return
		fi
		[[ -n ${words[1]-} ]] || said="start stop dump"
		;;
	prop) said=$(_nk_prop "${words[1]-}") ;;
	console) said="-f --follow" ;;
	help) said=$commands ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$said --json" -- "$word")
}
complete -F _nk nk
