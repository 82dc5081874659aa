# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of leat(8) for bash: source this, or put it into
# /usr/share/bash-completion/completions/leat.

# Names of this node's pods, from the tables; nothing where they cannot be read.
_leat_pods()
{
	leat endpoint list 2>/dev/null | awk 'NR > 1 && $2 != "-" { print $2 "/" $3 }'
}

_leat_reasons()
{
	leat drops --all 2>/dev/null | awk 'NR > 1 && !NF { exit } NR > 1 { print $1 }'
}

_leat_options()
{
	local all="--bpffs --state-dir --socket --output --help --version"

	case $1 in
	policy) echo "$all --endpoint" ;;
	flow) echo "$all --endpoint --address --port --proto --reply" ;;
	drops) echo "$all --all --endpoint --reason" ;;
	monitor) echo "$all --count --seconds --endpoint --reason" ;;
	*) echo "$all" ;;
	esac
}

_leat()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local noun="" verb="" skip="" i words

	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ -n $skip ]]; then
			skip=""
			continue
		fi
		case ${COMP_WORDS[i]} in
		--help | --version | --reply | --all | --*=*) ;;
		--* | -o) skip=1 ;;
		-*) ;;
		*) if [[ -z $noun ]]; then noun=${COMP_WORDS[i]}; else verb=${COMP_WORDS[i]}; fi ;;
		esac
	done
	case $before in
	-o | --output) words="table json" ;;
	--endpoint) words=$(_leat_pods) ;;
	--reason) words=$(_leat_reasons) ;;
	--proto) words="tcp udp sctp icmp icmpv6" ;;
	--bpffs | --state-dir)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--socket)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	*)
		if [[ $word == -* ]]; then
			words=$(_leat_options "$noun")
		elif [[ -z $noun || $noun == help && -z $verb ]]; then
			words="status endpoint service policy identity flow drops monitor node ip"
			[[ -n $noun ]] || words+=" help"
		elif [[ -z $verb ]]; then
			case $noun in
			endpoint) words="list get" ;;
			service | policy | identity | flow | node | ip) words="list" ;;
			esac
		elif [[ $noun == endpoint && $verb == get ]]; then
			words=$(_leat_pods)
		fi
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _leat leat
