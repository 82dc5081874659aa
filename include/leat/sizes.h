/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * How many entries each table has room for unless the configuration says otherwise, and who has
 * to do with it. A flow takes two entries; LEAT_SIZE_EVENT is in bytes.
 */
#define LEAT_SIZE_FLOW	  262144       /* written by the programs, the agent removes; read by all */
#define LEAT_SIZE_FRAG	  8192	       /* written and read by the programs */
#define LEAT_SIZE_EP	  1024	       /* written by the agent; read by the programs, leat */
#define LEAT_SIZE_IFEP	  LEAT_SIZE_EP /* written by the agent; read by the programs */
#define LEAT_SIZE_EPSTAT  LEAT_SIZE_EP /* written by the programs and the agent's sweep */
#define LEAT_SIZE_IPCACHE 131072       /* written by the agent; read by the programs, leat */
#define LEAT_SIZE_CIDR	  16384	       /* written by the agent; read by the programs, leat */
#define LEAT_SIZE_POLICY  262144       /* written by the agent; read by the programs, leat */
#define LEAT_SIZE_SVC	  65536	       /* written by the agent; read by the programs, leat */
#define LEAT_SIZE_BACKEND 262144       /* written by the agent; read by the programs, leat */
#define LEAT_SIZE_NODE	  4096	       /* written by the agent; read by the programs, leat */
#define LEAT_SIZE_DEVICE  64	       /* written by the agent; read by the programs */
#define LEAT_SIZE_METRIC  64	       /* written by the programs; read by the agent, leat */
#define LEAT_SIZE_DROP	  8192	       /* written by the programs; read by leat */
#define LEAT_SIZE_EVLIM	  1	       /* written and read by the programs */
#define LEAT_SIZE_EVENT	  262144       /* written by the programs; read by the agent, leat */
